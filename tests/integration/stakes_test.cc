// A bidding service has something at stake for alice, under a policy with `stakes:`, on real nodes: strangers
// on her account are challenged at once, she herself on her laptop is not, and it ends with the bid.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <fstream>

#include "latchkey/v1/workflow.grpc.pb.h"
#include "tests/integration/two_nodes.h"
#include "tests/support/redis_server.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;

constexpr char kStakes[] = "stakes: { limits: [ { above: 0, in: 15m, then: challenge } ] }\n";

v1::AssessRequest Stranger(const std::string& account) {
  v1::AssessRequest request;
  request.set_account(account);
  request.set_source("203.0.113.9");
  request.add_challenge_kinds(v1::CHALLENGE_KIND_CAPTCHA);
  return request;
}

// One latchkeyd as those talk to it who use it.
class Node {
 public:
  explicit Node(const std::string& address) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    const auto channel = grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
    guard_ = v1::LoginGuardService::NewStub(channel);
    workflows_ = v1::WorkflowsService::NewStub(channel);
    stats_ = v1::StatsService::NewStub(channel);
  }

  v1::AssessResponse Assess(const v1::AssessRequest& request) {
    return Call<v1::AssessResponse>(
        [&](auto* context, auto* out) { return guard_->Assess(context, request, out); });
  }
  v1::ConfirmOwnerResponse Confirm(const std::string& account) {
    v1::ConfirmOwnerRequest request;
    request.set_account(account);
    request.set_source("203.0.113.9");
    request.set_method(v1::ConfirmOwnerRequest::METHOD_MAIL_LINK);
    return Call<v1::ConfirmOwnerResponse>(
        [&](auto* context, auto* out) { return guard_->ConfirmOwner(context, request, out); });
  }
  std::string Register(const std::string& account) {
    v1::RegisterStakeRequest request;
    request.set_account(account);
    request.set_workflow("auction-17");
    request.set_name("bid-4711");
    request.mutable_end_time()->set_seconds(time(nullptr) + 3600);
    return Call<v1::RegisterStakeResponse>(
               [&](auto* context, auto* out) { return workflows_->RegisterStake(context, request, out); })
        .stake()
        .stake_id();
  }
  void Release(const std::string& stake_id) {
    v1::ReleaseStakeRequest request;
    request.set_stake_id(stake_id);
    (void)Call<v1::ReleaseStakeResponse>(
        [&](auto* context, auto* out) { return workflows_->ReleaseStake(context, request, out); });
  }
  v1::ExplainResponse Explain(const v1::AssessRequest& attempt) {
    v1::ExplainRequest request;
    *request.mutable_attempt() = attempt;
    return Call<v1::ExplainResponse>(
        [&](auto* context, auto* out) { return guard_->Explain(context, request, out); });
  }
  // What a stranger would be answered on this account, as `latchkey status` shows it.
  v1::LaneState StrangersOf(const std::string& account) {
    v1::DescribeAccountRequest request;
    request.set_account(account);
    const auto described = Call<v1::DescribeAccountResponse>(
        [&](auto* context, auto* out) { return stats_->DescribeAccount(context, request, out); });
    return described.lanes(described.lanes_size() - 1);
  }
  // Whether this becomes the answer, in ten seconds at most; counts nothing.
  bool Comes(const v1::AssessRequest& attempt, v1::Action action) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (Explain(attempt).decision().action() != action) {
      if (std::chrono::steady_clock::now() > end) return false;
    }
    return true;
  }

 private:
  template <typename Response, typename Method>
  Response Call(Method method) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    context.set_wait_for_ready(true);
    Response response;
    const grpc::Status status = method(&context, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  std::unique_ptr<v1::LoginGuardService::Stub> guard_;
  std::unique_ptr<v1::WorkflowsService::Stub> workflows_;
  std::unique_ptr<v1::StatsService::Stub> stats_;
};

std::string PolicyFile(const std::string& name, const std::string& more) {
  std::string file = testing::TempDir() + "stakes-" + std::to_string(getpid()) + name;
  std::ofstream(file) << kBudgets << more;
  return file;
}

TEST(StakesTest, StrangersAreChallengedWhileTheBidStandsAndHerLaptopIsNot) {
  const std::string policy = PolicyFile("accepted.yaml", std::string("accept_risk: [P7]\n") + kStakes);
  Latchkeyd server({"--policy", policy});
  auto node = std::make_unique<Node>(server.address());
  EXPECT_EQ(node->Assess(Stranger("alice")).action(), v1::ACTION_ALLOW);

  const std::string bid = node->Register("alice");
  const v1::AssessResponse challenged = node->Assess(Stranger("alice"));
  EXPECT_EQ(challenged.action(), v1::ACTION_CHALLENGE);
  ASSERT_EQ(challenged.reasons_size(), 1);
  EXPECT_EQ(challenged.reasons(0).rule_id(), "stakes");
  EXPECT_THAT(node->Explain(Stranger("alice")).text(), HasSubstr("stakes"));
  EXPECT_EQ(node->Assess(Stranger("bob")).action(), v1::ACTION_ALLOW);
  EXPECT_EQ(node->StrangersOf("alice").action(), v1::ACTION_CHALLENGE);
  EXPECT_EQ(node->StrangersOf("bob").action(), v1::ACTION_ALLOW);

  v1::AssessRequest laptop = Stranger("alice");
  laptop.set_device_token(node->Confirm("alice").device_token());
  EXPECT_EQ(node->Assess(laptop).action(), v1::ACTION_ALLOW);

  v1::AssessRequest solved = Stranger("alice");
  solved.mutable_challenge_proof()->set_challenge_id(challenged.challenge().challenge_id());
  solved.mutable_challenge_proof()->mutable_attestation()->set_kind(v1::CHALLENGE_KIND_CAPTCHA);
  EXPECT_EQ(node->Assess(solved).lane(), v1::LANE_CHALLENGED);

  node.reset();
  server.Restart();
  node = std::make_unique<Node>(server.address());
  EXPECT_EQ(node->Assess(Stranger("alice")).action(), v1::ACTION_CHALLENGE) << "a restart forgets no stake";
  node->Release(bid);
  EXPECT_EQ(node->Assess(Stranger("alice")).action(), v1::ACTION_ALLOW);
  std::remove(policy.c_str());
}

TEST(StakesTest, WhatOneNodeRegistersTheOtherHeeds) {
  RedisServer redis;
  TwoNodes nodes(redis.url(), std::string("accept_risk: [P7]\n") + kStakes);
  Node one(nodes.address(0));
  Node other(nodes.address(1));
  const std::string bid = one.Register("alice");
  EXPECT_EQ(one.Assess(Stranger("alice")).action(), v1::ACTION_CHALLENGE)
      << "at once, where it was registered";
  EXPECT_TRUE(other.Comes(Stranger("alice"), v1::ACTION_CHALLENGE));
  other.Release(bid);
  EXPECT_TRUE(one.Comes(Stranger("alice"), v1::ACTION_ALLOW));
}

TEST(StakesTest, ThePolicyIsRefusedUnlessP7IsGivenUp) {
  const std::string policy = PolicyFile("refused.yaml", kStakes);
  const Ended ended = RunLatchkeyd({"--listen", "127.0.0.1:0", "--policy", policy});
  EXPECT_NE(ended.code, 0);
  EXPECT_THAT(ended.said, HasSubstr("breaks P7"));
  EXPECT_THAT(ended.said, HasSubstr("accept_risk: [P7]"));
  std::remove(policy.c_str());
}

}  // namespace
}  // namespace latchkey
