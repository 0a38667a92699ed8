#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nlohmann/json.hpp"
#include "tests/cli/fake_server.h"

namespace latchkey::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

v1::AssessResponse Refusal() {
  v1::AssessResponse answer;
  answer.set_action(v1::ACTION_CHALLENGE);
  answer.set_lane(v1::LANE_STRANGER);
  auto& reason = *answer.add_reasons();
  reason.set_rule_id("stranger-guesses");
  reason.set_counter("failures by account from stranger");
  reason.set_count(5);
  reason.set_limit(5);
  reason.mutable_window()->set_seconds(900);
  answer.mutable_challenge()->set_challenge_id("sealed");
  answer.mutable_challenge()->add_kinds(v1::CHALLENGE_KIND_CAPTCHA);
  return answer;
}

TEST(AssessVerbTest, AskedByHandEndsWithZeroWhenTheAttemptIsAdmitted) {
  FakeServer server;
  server.guard.assess.answer.set_action(v1::ACTION_ALLOW);
  server.guard.assess.answer.set_lane(v1::LANE_STRANGER);
  const Ran ran = server.Run({"assess", "alice", "192.0.2.7", "--path", "web", "--can-show", "captcha",
                              "--can-show", "email-link", "--tenant", "shop"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("ALLOW"));
  EXPECT_EQ(server.guard.assess.asked.account(), "alice");
  EXPECT_EQ(server.guard.assess.asked.source(), "192.0.2.7");
  EXPECT_EQ(server.guard.assess.asked.tenant(), "shop");
  EXPECT_EQ(server.guard.assess.asked.challenge_kinds_size(), 2);
}

TEST(AssessVerbTest, RefusedByThePolicyItSaysWhyAndEndsWithThree) {
  FakeServer server;
  server.guard.assess.answer = Refusal();
  const Ran ran = server.Run({"assess", "alice", "192.0.2.7"});
  EXPECT_EQ(ran.code, ExitCode::kRefused);
  EXPECT_THAT(ran.out, HasSubstr("stranger-guesses: 5 of 5 failures by account from stranger in 15m"));
}

TEST(AssessVerbTest, JsonOfOneVerbIsInputOfTheNext) {
  FakeServer server;
  server.guard.assess.answer = Refusal();
  const Ran refused = server.Run({"assess", "alice", "192.0.2.7", "-o", "json"});
  EXPECT_THAT(refused.err, IsEmpty());

  server.guard.assess.answer.Clear();
  server.guard.assess.answer.set_action(v1::ACTION_ALLOW);
  server.guard.assess.answer.set_attempt_token("the attempt");
  const Ran admitted =
      server.Run({"assess", "alice", "192.0.2.7", "--challenge", "-", "-o", "json"}, refused.out);
  EXPECT_EQ(server.guard.assess.asked.challenge_proof().challenge_id(), "sealed");
  EXPECT_EQ(server.guard.assess.asked.challenge_proof().attestation().kind(), v1::CHALLENGE_KIND_CAPTCHA);

  server.guard.report.answer.set_settlement(v1::ReportResponse::SETTLEMENT_SETTLED);
  const Ran reported = server.Run({"report", "login-complete"}, admitted.out);
  EXPECT_EQ(reported.code, ExitCode::kOk) << reported.err;
  EXPECT_EQ(server.guard.report.asked.attempt_token(), "the attempt");
  EXPECT_EQ(server.guard.report.asked.outcome(), v1::OUTCOME_LOGIN_COMPLETE);
  EXPECT_THAT(reported.out, HasSubstr("settled"));
}

TEST(AssessVerbTest, ErrorsOfTheServerAreMessagesAndExitCodesNeverOutput) {
  FakeServer server;
  const auto answered = [&](grpc::StatusCode code) {
    server.guard.assess.status = grpc::Status(code, "said the server");
    const Ran ran = server.Run({"assess", "alice", "nowhere", "-o", "json"});
    EXPECT_THAT(ran.out, IsEmpty());
    EXPECT_THAT(ran.err, HasSubstr("said the server"));
    return ran.code;
  };
  EXPECT_EQ(answered(grpc::StatusCode::INVALID_ARGUMENT), ExitCode::kUsage);
  EXPECT_EQ(answered(grpc::StatusCode::NOT_FOUND), ExitCode::kNotFound);
  EXPECT_EQ(answered(grpc::StatusCode::UNAVAILABLE), ExitCode::kUnavailable);
  EXPECT_EQ(answered(grpc::StatusCode::PERMISSION_DENIED), ExitCode::kDenied);
  EXPECT_EQ(answered(grpc::StatusCode::ABORTED), ExitCode::kConflict);
  EXPECT_EQ(answered(grpc::StatusCode::INTERNAL), ExitCode::kError);
}

TEST(ReportVerbTest, InputWithoutATokenIsSaidAndNothingIsAsked) {
  FakeServer server;
  const Ran ran = server.Run({"report", "wrong"}, R"({"action": "ACTION_THROTTLE"})");
  EXPECT_EQ(ran.code, ExitCode::kUsage);
  EXPECT_THAT(ran.err, HasSubstr("input: holds no attempt_token; its action is ACTION_THROTTLE"));
  const Ran empty = server.Run({"report", "wrong"}, R"({"action": "ACTION_LOCKOUT", "attempt_token": ""})");
  EXPECT_EQ(empty.code, ExitCode::kUsage);
  EXPECT_THAT(empty.err, HasSubstr("holds no attempt_token; its action is ACTION_LOCKOUT"));
  EXPECT_EQ(server.guard.report.calls, 0);
}

TEST(ExplainVerbTest, ShowsLanesAndLimits) {
  FakeServer server;
  *server.guard.explain.answer.mutable_decision() = Refusal();
  auto& lane = *server.guard.explain.answer.add_lanes();
  lane.set_lane(v1::LANE_CHALLENGED);
  lane.set_action(v1::ACTION_ALLOW);
  auto& limit = *lane.add_limits();
  limit.set_rule_id("budget/challenged");
  limit.set_count(3);
  limit.set_limit(15);
  const Ran ran = server.Run({"explain", "alice", "192.0.2.7"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_EQ(server.guard.explain.asked.attempt().account(), "alice");
  EXPECT_THAT(ran.out, HasSubstr("budget/challenged"));
  EXPECT_THAT(server.Run({"explain"}).err, HasSubstr("ACCOUNT and SOURCE, or --decision"));
}

TEST(ExplainVerbTest, AnAccountNameCannotWriteToTheTerminal) {
  FakeServer server;
  server.guard.assess.status = grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "account: \x1b[2J");
  EXPECT_THAT(server.Run({"assess", "alice", "192.0.2.7"}).err, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace latchkey::cli
