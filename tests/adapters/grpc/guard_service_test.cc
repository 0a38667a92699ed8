#include "adapters/grpc/guard_service.h"

#include <grpcpp/generic/generic_stub.h>

#include <future>

#include "adapters/grpc/wire_values.h"
#include "tests/adapters/grpc/guard_fixture.h"

namespace latchkey {
namespace {

using std::chrono::minutes;

class GuardServiceTest : public GuardServerTest {};

TEST_F(GuardServiceTest, AnOwnerLogsInAndItsBrowserIsKnownFromThenOn) {
  const v1::AssessResponse first = Assess(Login("alice"));
  EXPECT_EQ(first.action(), v1::ACTION_ALLOW);
  EXPECT_EQ(first.lane(), v1::LANE_STRANGER);
  EXPECT_EQ(first.scope(), v1::SCOPE_ACCOUNT_LANE);
  EXPECT_EQ(first.policy_revision(), 1);
  ASSERT_FALSE(first.attempt_token().empty());
  EXPECT_FALSE(first.has_end_time());
  const v1::ReportResponse report = Report(first.attempt_token(), v1::OUTCOME_LOGIN_COMPLETE, "her laptop");
  EXPECT_EQ(report.settlement(), v1::ReportResponse::SETTLEMENT_SETTLED);
  EXPECT_TRUE(report.source_remembered());
  ASSERT_FALSE(report.device_token().empty());
  EXPECT_EQ(Report(first.attempt_token(), v1::OUTCOME_LOGIN_COMPLETE).settlement(),
            v1::ReportResponse::SETTLEMENT_ALREADY_SETTLED);

  v1::AssessRequest second = Login("alice", "2001:db8::1");
  second.set_device_token(report.device_token());
  EXPECT_EQ(Assess(second).lane(), v1::LANE_DEVICE);
  EXPECT_EQ(Assess(Login("alice")).lane(), v1::LANE_FAMILIAR);
}

TEST_F(GuardServiceTest, StrangersAreChallengedAndASolvedChallengeOpensItsLaneOnce) {
  v1::AssessResponse answer;
  for (int i = 0; i < 6; ++i) {
    answer = Assess(Login("alice", "192.0.2.66"));
    if (answer.action() != v1::ACTION_ALLOW) break;
    Report(answer.attempt_token(), v1::OUTCOME_WRONG);
    engine_.clock.Advance(minutes(2));
  }
  ASSERT_EQ(answer.action(), v1::ACTION_CHALLENGE);
  ASSERT_EQ(answer.reasons_size() > 0, true);
  EXPECT_EQ(answer.reasons(0).rule_id(), "stranger-guesses");
  EXPECT_EQ(answer.reasons(0).limit(), 5);
  EXPECT_EQ(answer.reasons(0).window().seconds(), 15 * 60);
  EXPECT_TRUE(answer.has_end_time());
  EXPECT_TRUE(answer.attempt_token().empty());
  ASSERT_TRUE(answer.has_challenge());
  EXPECT_EQ(answer.next_way_up().lane(), v1::LANE_CHALLENGED);

  v1::AssessRequest solved = Login("alice", "192.0.2.66");
  solved.mutable_challenge_proof()->set_challenge_id(answer.challenge().challenge_id());
  solved.mutable_challenge_proof()->mutable_attestation()->set_kind(v1::CHALLENGE_KIND_CAPTCHA);
  const v1::AssessResponse challenged = Assess(solved);
  EXPECT_EQ(challenged.action(), v1::ACTION_ALLOW);
  EXPECT_EQ(challenged.lane(), v1::LANE_CHALLENGED);
  EXPECT_EQ(Assess(solved).action(), v1::ACTION_CHALLENGE) << "a challenge serves once";
}

TEST_F(GuardServiceTest, BytesThatAreNoRequestAreAWrongArgument) {
  grpc::GenericStub stub(grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()),
                                             grpc::InsecureChannelCredentials()));
  const auto send = [&](const std::string& method, const std::string& bytes) {
    const grpc::Slice slice(bytes);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    const auto context = As("shop-key");
    std::promise<grpc::Status> done;
    stub.UnaryCall(context.get(), "/latchkey.v1.LoginGuardService/" + method, {}, &request, &response,
                   [&](const grpc::Status& status) { done.set_value(status); });
    return done.get_future().get();
  };
  EXPECT_TRUE(send("Assess", Login("alice").SerializeAsString()).ok());
  for (const std::string method : {"Assess", "Report"}) {
    EXPECT_EQ(send(method, std::string("\x0A\x7F", 2)).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(send(method, "").error_code(), grpc::StatusCode::INVALID_ARGUMENT) << "no account, no token";
  }
}

TEST_F(GuardServiceTest, AWrongFieldIsNamedAndNothingIsCounted) {
  const auto field = [&](auto&& spoil) {
    v1::AssessRequest request = Login("alice");
    spoil(request);
    v1::AssessResponse response;
    const grpc::Status status = stub_->Assess(As("shop-key").get(), request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_FALSE(status.error_details().empty());
    return status.error_message().substr(0, status.error_message().find(':'));
  };
  EXPECT_EQ(field([](auto& r) { r.clear_account(); }), "account");
  EXPECT_EQ(field([](auto& r) { r.set_account(std::string(500'000, 'a')); }), "account");
  EXPECT_EQ(field([](auto& r) { r.clear_source(); }), "source");
  EXPECT_EQ(field([](auto& r) { r.set_source("192.0.2.256"); }), "source");
  EXPECT_EQ(field([](auto& r) { r.set_source("example.org"); }), "source");
  EXPECT_EQ(field([](auto& r) { r.set_tenant("nobody"); }), "tenant");
  EXPECT_EQ(field([](auto& r) { r.set_path("we b"); }), "path");
  EXPECT_EQ(field([](auto& r) { r.set_factor(static_cast<v1::Factor>(99)); }), "factor");
  EXPECT_EQ(field([](auto& r) { r.set_factor(v1::FACTOR_ONE_TIME_CODE); }), "first_factor_token");
  EXPECT_EQ(field([](auto& r) { r.add_challenge_kinds(static_cast<v1::ChallengeKind>(77)); }),
            "challenge_kinds");
  EXPECT_EQ(field([](auto& r) { r.mutable_password_tags()->set_account_tag("abc"); }),
            "password_tags.account_tag");
  EXPECT_EQ(field([](auto& r) { r.mutable_credentials_change_time()->set_seconds(INT64_MAX); }),
            "credentials_change_time");
  EXPECT_EQ(field([&](auto& r) {
              EncodeTime(engine_.clock.Now() + minutes(6), r.mutable_credentials_change_time());
            }),
            "credentials_change_time");
  EXPECT_EQ(field([](auto& r) { r.mutable_challenge_proof()->set_challenge_id("x"); }), "challenge_proof");
  EXPECT_EQ(field([](auto& r) {
              r.mutable_challenge_proof()->set_challenge_id("x");
              r.mutable_challenge_proof()->mutable_provider_token()->set_provider("turnstile");
            }),
            "challenge_proof.provider_token.provider");
  engine_.node_stats.Collect(engine_.clock.Now());
  EXPECT_EQ(engine_.node_stats.LastPosition(), 0U);
  EXPECT_EQ(engine_.store.metrics().entries, 0U);
}

TEST_F(GuardServiceTest, ForgedTokensAreStrangersNeverErrors) {
  v1::AssessRequest request = Login("alice");
  request.set_device_token("forged");
  request.set_recovery_token(std::string(2000, 'A'));
  EXPECT_EQ(Assess(request).lane(), v1::LANE_STRANGER);
}

TEST_F(GuardServiceTest, BadReportsAreNamed) {
  const auto field = [&](const std::string& token, v1::Outcome outcome) {
    v1::ReportRequest request;
    request.set_attempt_token(token);
    request.set_outcome(outcome);
    v1::ReportResponse response;
    const grpc::Status status = stub_->Report(As("shop-key").get(), request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    return status.error_message().substr(0, status.error_message().find(':'));
  };
  EXPECT_EQ(field("", v1::OUTCOME_WRONG), "attempt_token");
  EXPECT_EQ(field("forged", v1::OUTCOME_WRONG), "attempt_token");
  EXPECT_EQ(field(std::string(100'000, 'x'), v1::OUTCOME_WRONG), "attempt_token");
  const std::string token = Assess(Login("alice")).attempt_token();
  EXPECT_EQ(field(token, v1::OUTCOME_UNSPECIFIED), "outcome");
  EXPECT_EQ(field(token, static_cast<v1::Outcome>(99)), "outcome");
}

TEST_F(GuardServiceTest, AnExpiredDeadlineCountsNothing) {
  auto context = As("shop-key");
  context->set_deadline(std::chrono::system_clock::now() - std::chrono::milliseconds(1));
  v1::AssessResponse response;
  EXPECT_EQ(stub_->Assess(context.get(), Login("alice"), &response).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(engine_.store.metrics().entries, 0U);
}

TEST_F(GuardServiceTest, CallersNeedTheRoleOfEachCall) {
  v1::AssessResponse response;
  EXPECT_EQ(stub_->Assess(As("ops-key").get(), Login("alice"), &response).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  v1::ExplainResponse explained;
  EXPECT_EQ(stub_->Explain(As("shop-key").get(), {}, &explained).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(GuardServiceTest, ExplainCountsNothingAndTellsAPastDecisionToo) {
  v1::ExplainRequest request;
  *request.mutable_attempt() = Login("alice");
  v1::ExplainResponse explained;
  for (int i = 0; i < 50; ++i) {
    explained.Clear();
    ASSERT_TRUE(stub_->Explain(As("ops-key").get(), request, &explained).ok());
  }
  EXPECT_EQ(explained.decision().action(), v1::ACTION_ALLOW);
  EXPECT_TRUE(explained.decision().attempt_token().empty());
  EXPECT_GT(explained.lanes_size(), 0);
  EXPECT_EQ(explained.text().substr(0, 22), "ALLOW in lane stranger");

  const v1::AssessResponse answer = Assess(Login("alice"));
  request.set_decision_id(answer.decision_id());
  explained.Clear();
  ASSERT_TRUE(stub_->Explain(As("ops-key").get(), request, &explained).ok());
  EXPECT_EQ(explained.decision().decision_id(), answer.decision_id());
  request.set_decision_id("d-0000000000000000");
  EXPECT_EQ(stub_->Explain(As("ops-key").get(), request, &explained).error_code(),
            grpc::StatusCode::NOT_FOUND);
  request.set_decision_id("nonsense");
  EXPECT_EQ(stub_->Explain(As("ops-key").get(), request, &explained).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace latchkey
