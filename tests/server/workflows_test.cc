// What a dependent workflow learns of a real latchkeyd while one of its accounts is attacked.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <thread>

#include "latchkey/v1/guard.grpc.pb.h"
#include "latchkey/v1/workflow.grpc.pb.h"
#include "tests/support/latchkeyd.h"

namespace latchkey {
namespace {

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  context.set_wait_for_ready(true);
}

TEST(WorkflowsTest, AnAttackOnAnAccountWithAStakeIsToldAsOneThatKeepsCommitments) {
  const Latchkeyd daemon({"--attempt-token-life=1s"});  // charges stand after a second
  const auto channel = grpc::CreateChannel(daemon.address(), grpc::InsecureChannelCredentials());
  const auto workflows = v1::WorkflowsService::NewStub(channel);
  const auto guard = v1::LoginGuardService::NewStub(channel);

  grpc::ClientContext registering;
  SetDeadline(registering);
  v1::RegisterStakeRequest stake;
  stake.set_account("alice");
  stake.set_workflow("auction-17");
  stake.mutable_end_time()->set_seconds(time(nullptr) + 3600);
  v1::RegisterStakeResponse registered;
  ASSERT_TRUE(workflows->RegisterStake(&registering, stake, &registered).ok());
  EXPECT_EQ(registered.standing().state(), v1::STANDING_STATE_GOOD);

  grpc::ClientContext watching;
  SetDeadline(watching);
  const auto stream = workflows->WatchStandings(&watching, {});
  v1::WatchStandingsResponse change;
  ASSERT_TRUE(stream->Read(&change));

  const auto guess = [&guard] {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::AssessRequest attempt;
    attempt.set_account("alice");
    attempt.set_source("192.0.2.66");
    v1::AssessResponse answer;
    EXPECT_TRUE(guard->Assess(&context, attempt, &answer).ok());
  };
  for (int i = 0; i < 6; ++i) guess();
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  guess();

  ASSERT_TRUE(stream->Read(&change));
  EXPECT_EQ(change.standing().account(), "alice");
  EXPECT_EQ(change.standing().state(), v1::STANDING_STATE_UNDER_ATTACK);
  EXPECT_TRUE(change.standing().keep_commitments());
  watching.TryCancel();
}

}  // namespace
}  // namespace latchkey
