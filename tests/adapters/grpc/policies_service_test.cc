#include "adapters/grpc/policies_service.h"

#include "tests/adapters/grpc/guard_fixture.h"

namespace latchkey {
namespace {

// Revisions in memory.
class Revisions final : public PolicyRepository {
 public:
  Revisions(std::string first, bool writable) : writable_(writable) {
    revisions_.push_back({1, std::move(first), "seed", "the first", TimePoint()});
  }
  [[nodiscard]] bool writable() const override { return writable_; }
  [[nodiscard]] absl::StatusOr<PolicyRevision> Newest() const override {
    const MutexLock lock(mutex_);
    return revisions_.front();
  }
  [[nodiscard]] absl::StatusOr<std::vector<PolicyRevision>> List() const override {
    const MutexLock lock(mutex_);
    return revisions_;
  }
  absl::StatusOr<PolicyRevision> Add(int64_t expected, PolicyRevision revision) override {
    const MutexLock lock(mutex_);
    if (!writable_) return absl::FailedPreconditionError("policy.source: a file rules here");
    if (expected != revisions_.front().number) return absl::AbortedError("another revision is in force");
    revision.number = expected + 1;
    revisions_.insert(revisions_.begin(), revision);
    return revision;
  }

 private:
  const bool writable_;
  mutable Mutex mutex_;
  std::vector<PolicyRevision> revisions_ ABSL_GUARDED_BY(mutex_);
};

// Takes over the newest revision, whose text was checked before.
class Keeper final : public PolicyKeeper {
 public:
  Keeper(const Revisions& revisions, const PolicyReader& reader, PolicyHolder& holder)
      : revisions_(revisions), reader_(reader), holder_(holder) {}
  absl::Status Reload() override {
    const PolicyRevision newest = *revisions_.Newest();
    holder_.Set(reader_.Read(newest.text, newest.number).policy);
    return absl::OkStatus();
  }

 private:
  const Revisions& revisions_;
  const PolicyReader& reader_;
  PolicyHolder& holder_;
};

class PoliciesServiceTest : public GuardServerTest {
 protected:
  void SetUp() override { Start(/*writable=*/true); }
  void TearDown() override { server_.reset(); }

  void Start(bool writable) {
    server_.reset();
    revisions_ = std::make_unique<Revisions>(DefaultPolicy(), writable);
    keeper_ = std::make_unique<Keeper>(*revisions_, reader_, engine_.policies);
    service_ = std::make_unique<PoliciesService>(
        PoliciesParts{auth_, *revisions_, reader_, *keeper_, engine_.policies, engine_.clock});
    GrpcServerSettings settings;
    settings.listen_address = "127.0.0.1:0";
    auto server =
        GrpcServer::Start(settings, {{service_.get(), v1::PoliciesService::service_full_name()}}, drain_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    policies_ = v1::PoliciesService::NewStub(grpc::CreateChannel(
        "127.0.0.1:" + std::to_string(server_->port()), grpc::InsecureChannelCredentials()));
  }

  static std::string Named(const std::string& name) {
    std::string text = DefaultPolicy();
    return text.replace(text.find("name: storefront"), 16, "name: " + name);
  }

  grpc::Status Apply(const std::string& text, int64_t expected, v1::ApplyPolicyResponse* response,
                     const std::string& key = "ops-key") {
    v1::ApplyPolicyRequest request;
    request.set_text(text);
    request.set_expected_revision(expected);
    request.set_author("ann");
    request.set_reason("Black Friday");
    return policies_->ApplyPolicy(As(key).get(), request, response);
  }

  YamlPolicyReader reader_;
  DrainSignal drain_;
  std::unique_ptr<Revisions> revisions_;
  std::unique_ptr<Keeper> keeper_;
  std::unique_ptr<PoliciesService> service_;
  std::unique_ptr<v1::PoliciesService::Stub> policies_;
};

TEST_F(PoliciesServiceTest, ARevisionIsAppliedListedAndRolledBack) {
  v1::ApplyPolicyResponse applied;
  ASSERT_TRUE(Apply(Named("strict"), 1, &applied).ok());
  EXPECT_EQ(applied.policy().revision(), 2);
  EXPECT_EQ(applied.policy().name(), "strict");
  EXPECT_EQ(applied.policy().author(), "ann (ops)");
  EXPECT_TRUE(applied.policy().in_force());
  EXPECT_EQ(engine_.policies.Current()->revision(), 2);

  v1::RollbackPolicyRequest back;
  back.set_revision(1);
  back.set_expected_revision(2);
  back.set_reason("too strict");
  v1::RollbackPolicyResponse rolled;
  ASSERT_TRUE(policies_->RollbackPolicy(As("ops-key").get(), back, &rolled).ok());
  EXPECT_EQ(rolled.policy().revision(), 3);
  EXPECT_EQ(rolled.policy().name(), "storefront");

  v1::ListPoliciesRequest list;
  list.set_page_size(2);
  v1::ListPoliciesResponse page;
  ASSERT_TRUE(policies_->ListPolicies(As("ops-key").get(), list, &page).ok());
  ASSERT_EQ(page.policies_size(), 2);
  EXPECT_EQ(page.policies(0).revision(), 3);
  EXPECT_TRUE(page.policies(0).text().empty());
  list.set_page_token(page.next_page_token());
  ASSERT_TRUE(policies_->ListPolicies(As("ops-key").get(), list, &page).ok());
  ASSERT_EQ(page.policies_size(), 1);
  EXPECT_FALSE(page.policies(0).in_force());

  v1::GetPolicyRequest get;
  get.set_revision(2);
  v1::GetPolicyResponse got;
  ASSERT_TRUE(policies_->GetPolicy(As("ops-key").get(), get, &got).ok());
  EXPECT_EQ(got.policy().text(), Named("strict"));
  get.set_revision(99);
  EXPECT_EQ(policies_->GetPolicy(As("ops-key").get(), get, &got).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(PoliciesServiceTest, WhoHasNotReadTheNewestDoesNotOverwriteIt) {
  v1::ApplyPolicyResponse applied;
  ASSERT_TRUE(Apply(Named("first"), 1, &applied).ok());
  EXPECT_EQ(Apply(Named("second"), 1, &applied).error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(engine_.policies.Current()->spec().name, "first");
}

TEST_F(PoliciesServiceTest, APolicyWithManyMistakesIsRefusedWithAllOfThemAndTheOldOneStays) {
  const std::string wrong = "version: 1\nname: wrong\nlanes:\n  device: { failures: -1 }\nrulez: []\n";
  v1::ApplyPolicyResponse applied;
  const grpc::Status status = Apply(wrong, 1, &applied);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_NE(status.error_message().find("\n5:1: "), std::string::npos) << status.error_message();
  EXPECT_EQ(engine_.policies.Current()->revision(), 1);

  v1::ValidatePolicyRequest validate;
  validate.set_text(wrong);
  v1::ValidatePolicyResponse validated;
  ASSERT_TRUE(policies_->ValidatePolicy(As("ops-key").get(), validate, &validated).ok());
  EXPECT_FALSE(validated.valid());
  EXPECT_GT(validated.diagnostics_size(), 1);
  EXPECT_EQ(validated.diagnostics(0).severity(), v1::PolicyDiagnostic::SEVERITY_ERROR);
  validate.set_text(DefaultPolicy());
  validated.Clear();
  ASSERT_TRUE(policies_->ValidatePolicy(As("ops-key").get(), validate, &validated).ok());
  EXPECT_TRUE(validated.valid());
  EXPECT_EQ(validated.diagnostics_size(), 0);
  validate.set_text(std::string(300'000, '#'));
  EXPECT_EQ(policies_->ValidatePolicy(As("ops-key").get(), validate, &validated).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(PoliciesServiceTest, AChangeNeedsAReasonAndTheRole) {
  v1::ApplyPolicyRequest request;
  request.set_text(Named("strict"));
  request.set_expected_revision(1);
  v1::ApplyPolicyResponse applied;
  const grpc::Status status = policies_->ApplyPolicy(As("ops-key").get(), request, &applied);
  EXPECT_EQ(status.error_message().substr(0, 7), "reason:");
  EXPECT_EQ(Apply(Named("strict"), 1, &applied, "shop-key").error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(PoliciesServiceTest, WhereAFileRulesNothingIsApplied) {
  Start(/*writable=*/false);
  v1::ApplyPolicyResponse applied;
  EXPECT_EQ(Apply(Named("strict"), 1, &applied).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  v1::GetPolicyResponse got;
  ASSERT_TRUE(policies_->GetPolicy(As("ops-key").get(), {}, &got).ok());
  EXPECT_TRUE(got.file_rules());
  EXPECT_EQ(got.policy().text(), DefaultPolicy());
}

}  // namespace
}  // namespace latchkey
