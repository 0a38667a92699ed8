// Rolling a policy out over real services: in the shadow, for a share, promoted, rolled back.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "adapters/sodium/key_ring_file.h"
#include "latchkey/v1/guard.grpc.pb.h"
#include "latchkey/v1/policy.grpc.pb.h"
#include "latchkey/v1/stats.grpc.pb.h"
#include "tests/support/latchkeyd.h"
#include "tests/support/redis_server.h"

namespace latchkey {
namespace {

std::string PolicyText(const std::string& name, int failures) {
  return "version: 1\nname: " + name + R"(
bounds: { 24h: 200 }
lanes:
  device:     { failures: 5, until: success, devices: 6, token_ttl: 90d }
  recovered:  { failures: 5, until: success, recoveries: [2 per 24h] }
  familiar:   { failures: [4 per 24h], sources: 5, remember: 30d }
  challenged: { failures: [15 per 24h] }
  stranger:   { failures: [)" +
         std::to_string(failures) + " per 24h] }\n";
}

class Node {
 public:
  explicit Node(const std::string& address)
      : channel_(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())) {}

  v1::AssessResponse Guess(const std::string& account) {
    v1::AssessRequest request;
    request.set_account(account);
    request.set_source("192.0.2.7");
    const auto answer = Call<v1::AssessResponse>(&v1::LoginGuardService::Stub::Assess, request);
    if (!answer.attempt_token().empty()) {
      v1::ReportRequest report;
      report.set_attempt_token(answer.attempt_token());
      report.set_outcome(v1::OUTCOME_WRONG);
      (void)Call<v1::ReportResponse>(&v1::LoginGuardService::Stub::Report, report);
    }
    return answer;
  }
  v1::Policy Apply(const std::string& text, int64_t expected, v1::PolicyRollout::Stage stage, int share = 0) {
    v1::ApplyPolicyRequest request;
    request.set_text(text);
    request.set_expected_revision(expected);
    request.set_reason("a test");
    request.mutable_rollout()->set_stage(stage);
    request.mutable_rollout()->set_share_millionths(share);
    return Call<v1::ApplyPolicyResponse>(&v1::PoliciesService::Stub::ApplyPolicy, request).policy();
  }
  v1::Policy Promote(int64_t expected) {
    v1::PromotePolicyRequest request;
    request.set_expected_revision(expected);
    request.set_reason("it did well");
    return Call<v1::PromotePolicyResponse>(&v1::PoliciesService::Stub::PromotePolicy, request).policy();
  }
  v1::Policy Rollback(int64_t expected) {
    v1::RollbackPolicyRequest request;
    request.set_expected_revision(expected);
    request.set_reason("it did not");
    return Call<v1::RollbackPolicyResponse>(&v1::PoliciesService::Stub::RollbackPolicy, request).policy();
  }
  v1::GetPolicyResponse Get() {
    return Call<v1::GetPolicyResponse>(&v1::PoliciesService::Stub::GetPolicy, v1::GetPolicyRequest());
  }
  v1::GetSummaryResponse Summary() {
    return Call<v1::GetSummaryResponse>(&v1::StatsService::Stub::GetSummary, v1::GetSummaryRequest());
  }
  // Waits a second for `holds` of what GetPolicy answers.
  template <typename Holds>
  bool Within(Holds holds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(1500);
    while (std::chrono::steady_clock::now() < end) {
      if (holds(Get())) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
  }

 private:
  template <typename Response, typename Stub, typename Request>
  Response Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    context.set_wait_for_ready(true);
    Response response;
    Stub stub(channel_);
    const grpc::Status status = (stub.*method)(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  std::shared_ptr<grpc::Channel> channel_;
};

std::string FileOf(const std::string& name, const std::string& text) {
  const std::string path = ::testing::TempDir() + name;
  std::ofstream(path) << text;
  return path;
}

TEST(RolloutServerTest, AShadowIsAskedOnEveryNodeCountedAndPromoted) {
  RedisServer redis;
  const std::string ring = ::testing::TempDir() + "rollout.ring";
  std::remove(ring.c_str());
  ASSERT_TRUE(CreateKeyRing(ring).ok());
  const std::vector<std::string> flags = {"--store",
                                          redis.url(),
                                          "--key-ring",
                                          ring,
                                          "--policy-source",
                                          "store",
                                          "--policy",
                                          FileOf("rollout.yaml", PolicyText("lenient", 40)),
                                          "--redis-command-timeout",
                                          "5s"};
  Latchkeyd first(flags);
  Latchkeyd second(flags);
  Node one(first.address());
  Node two(second.address());
  EXPECT_TRUE(one.Apply(PolicyText("strict", 3), 1, v1::PolicyRollout::STAGE_SHADOW).candidate());
  ASSERT_TRUE(two.Within([](const v1::GetPolicyResponse& r) { return r.candidate().candidate(); }));
  EXPECT_EQ(two.Get().policy().name(), "lenient");

  // Every other guess on the other node: the shadow's counts are shared.
  for (int i = 0; i < 6; ++i) {
    const v1::AssessResponse answer = (i % 2 == 0 ? one : two).Guess("alice");
    EXPECT_EQ(answer.action(), v1::ACTION_ALLOW);
    EXPECT_EQ(answer.shadow().policy_revision(), 2);
    EXPECT_EQ(answer.shadow().action() == v1::ACTION_ALLOW, i < 3) << i;
  }
  const v1::GetSummaryResponse summary = one.Summary();
  EXPECT_EQ(summary.shadow_policy_revision(), 2);
  int64_t would_refuse = 0;
  for (const v1::ShadowTotal& total : summary.shadow()) {
    EXPECT_EQ(total.action(), v1::ACTION_ALLOW);
    if (total.shadow_action() != v1::ACTION_ALLOW) would_refuse += total.count();
  }
  EXPECT_EQ(would_refuse, 1) << "of the three guesses here";

  EXPECT_TRUE(two.Promote(2).in_force());
  ASSERT_TRUE(one.Within([](const v1::GetPolicyResponse& r) { return r.policy().name() == "strict"; }));
  EXPECT_FALSE(one.Get().has_candidate());
  EXPECT_NE(one.Guess("alice").action(), v1::ACTION_ALLOW) << "its enforced counts are six";
  EXPECT_EQ(one.Rollback(3).name(), "lenient");
  EXPECT_EQ(one.Guess("alice").action(), v1::ACTION_ALLOW);
}

TEST(RolloutServerTest, AShareOutlivesARestartAndIsDroppedInOneCommand) {
  Latchkeyd daemon(
      {"--policy-source", "store", "--policy", FileOf("rollout.yaml", PolicyText("lenient", 40))});
  {
    Node node(daemon.address());
    EXPECT_FALSE(node.Apply(PolicyText("strict", 3), 1, v1::PolicyRollout::STAGE_SHARE, 500'000).in_force());
  }
  daemon.Restart();
  Node node(daemon.address());
  EXPECT_EQ(node.Get().candidate().rollout().share_millionths(), 500'000);
  int strict = 0;
  for (int i = 0; i < 40; ++i)
    strict += node.Guess("user-" + std::to_string(i)).policy_revision() == 2 ? 1 : 0;
  EXPECT_GT(strict, 5);
  EXPECT_LT(strict, 35);
  EXPECT_EQ(node.Rollback(2).name(), "lenient");
  EXPECT_FALSE(node.Get().has_candidate());
  for (int i = 0; i < 40; ++i) EXPECT_EQ(node.Guess("user-" + std::to_string(i)).policy_revision(), 3);
}

TEST(RolloutServerTest, ARevisionTellsItsCertificateAndWhatItChanged) {
  Latchkeyd daemon(
      {"--policy-source", "store", "--policy", FileOf("rollout.yaml", PolicyText("lenient", 40))});
  Node node(daemon.address());
  (void)node.Apply(PolicyText("strict", 3), 1, v1::PolicyRollout::STAGE_FULL);
  const v1::Policy policy = node.Get().policy();
  EXPECT_GT(policy.certificate_size(), 10);
  EXPECT_GT(policy.changes_size(), 0);
  EXPECT_EQ(policy.reason(), "a test");
}

}  // namespace
}  // namespace latchkey
