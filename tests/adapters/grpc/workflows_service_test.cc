#include "adapters/grpc/wire_values.h"
#include "tests/adapters/grpc/workflows_fixture.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class WorkflowsServiceTest : public WorkflowsServerTest {
 protected:
  void SetUp() override { Start(); }

  grpc::Status Register(const std::string& key, const std::string& account,
                        v1::RegisterStakeResponse* response) {
    v1::RegisterStakeRequest request;
    request.set_account(account);
    request.set_workflow("auction-17");
    request.set_name("bid-1");
    EncodeTime(clock_.Now() + hours(1), request.mutable_end_time());
    return stub_->RegisterStake(With(key).get(), request, response);
  }

  StandingSubject Alice() { return {keys_.Account("default", "alice"), "default", "alice"}; }
};

TEST_F(WorkflowsServiceTest, AStakeIsRegisteredExtendedListedAndReleased) {
  v1::RegisterStakeResponse registered;
  ASSERT_TRUE(Register("auction-key", "alice", &registered).ok());
  EXPECT_EQ(registered.stake().account(), "alice");
  EXPECT_EQ(registered.stake().tenant(), "default");
  EXPECT_EQ(registered.standing().state(), v1::STANDING_STATE_GOOD);
  EXPECT_TRUE(registered.standing().keep_commitments());

  v1::ExtendStakeRequest extend;
  extend.set_stake_id(registered.stake().stake_id());
  EncodeTime(clock_.Now() + hours(2), extend.mutable_end_time());
  v1::ExtendStakeResponse extended;
  ASSERT_TRUE(stub_->ExtendStake(With("auction-key").get(), extend, &extended).ok());
  EXPECT_EQ(extended.stake().end_time().seconds() - registered.stake().end_time().seconds(), 3600);

  v1::ListStakesResponse list;
  ASSERT_TRUE(stub_->ListStakes(With("auction-key").get(), {}, &list).ok());
  EXPECT_EQ(list.stakes_size(), 1);
  v1::ListStakesResponse others;
  ASSERT_TRUE(stub_->ListStakes(With("payout-key").get(), {}, &others).ok());
  EXPECT_EQ(others.stakes_size(), 0);

  v1::ReleaseStakeRequest release;
  release.set_stake_id(registered.stake().stake_id());
  v1::ReleaseStakeResponse released;
  ASSERT_TRUE(stub_->ReleaseStake(With("auction-key").get(), release, &released).ok());
  EXPECT_TRUE(released.released());
  ASSERT_TRUE(stub_->ReleaseStake(With("auction-key").get(), release, &released).ok());
  EXPECT_FALSE(released.released());
}

TEST_F(WorkflowsServiceTest, BadInputNamesTheFieldAndRegistersNothing) {
  const auto field = [&](auto&& spoil) {
    v1::RegisterStakeRequest request;
    request.set_account("alice");
    request.set_workflow("auction-17");
    EncodeTime(clock_.Now() + hours(1), request.mutable_end_time());
    spoil(request);
    v1::RegisterStakeResponse response;
    const grpc::Status status = stub_->RegisterStake(With("auction-key").get(), request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_FALSE(status.error_details().empty());
    return status.error_message().substr(0, status.error_message().find(':'));
  };
  EXPECT_EQ(field([](auto& r) { r.clear_account(); }), "account");
  EXPECT_EQ(field([](auto& r) { r.set_account(std::string(100'000, 'a')); }), "account");
  EXPECT_EQ(field([](auto& r) { r.set_tenant("no spaces"); }), "tenant");
  EXPECT_EQ(field([](auto& r) { r.clear_workflow(); }), "workflow");
  EXPECT_EQ(field([](auto& r) { r.set_name(std::string(65, 'n')); }), "name");
  EXPECT_EQ(field([](auto& r) { r.clear_end_time(); }), "end_time");
  EXPECT_EQ(field([](auto& r) { r.mutable_end_time()->set_seconds(1); }), "end_time");
  EXPECT_EQ(field([](auto& r) { r.mutable_end_time()->set_seconds(INT64_MAX); }), "end_time");
  EXPECT_EQ(field([](auto& r) { r.mutable_end_time()->set_nanos(-1); }), "end_time");
  v1::ListStakesResponse list;
  ASSERT_TRUE(stub_->ListStakes(With("auction-key").get(), {}, &list).ok());
  EXPECT_EQ(list.stakes_size(), 0);
}

TEST_F(WorkflowsServiceTest, OnlyOperatorsSayCompromised) {
  v1::SetStandingRequest request;
  request.set_account("alice");
  request.set_state(v1::STANDING_STATE_COMPROMISED);
  request.set_reason("her mailbox was taken over");
  v1::SetStandingResponse response;
  EXPECT_EQ(stub_->SetStanding(With("auction-key").get(), request, &response).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  ASSERT_TRUE(stub_->SetStanding(With("ops-key").get(), request, &response).ok());
  EXPECT_EQ(response.standing().author(), "ops");
  EXPECT_FALSE(response.standing().keep_commitments());
  request.set_state(v1::STANDING_STATE_UNDER_ATTACK);
  EXPECT_EQ(stub_->SetStanding(With("ops-key").get(), request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_state(static_cast<v1::StandingState>(99));
  EXPECT_EQ(stub_->SetStanding(With("ops-key").get(), request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(WorkflowsServiceTest, AFollowerLearnsOfItsOwnAccountsInOrderAndCanGoOnLater) {
  v1::RegisterStakeResponse registered;
  ASSERT_TRUE(Register("auction-key", "alice", &registered).ok());
  auto context = With("auction-key");
  v1::WatchStandingsRequest request;
  request.set_workflow("auction-17");
  auto stream = stub_->WatchStandings(context.get(), request);
  v1::WatchStandingsResponse message;
  ASSERT_TRUE(stream->Read(&message));  // where to go on from
  EXPECT_FALSE(message.has_standing());
  const std::string start = message.cursor();

  const StandingSubject bob{keys_.Account("default", "bob"), "default", "bob"};
  standings_.Observe(bob, {StandingState::kUnderAttack, "not this caller's business"}, minutes(15),
                     clock_.Now());
  standings_.Observe(Alice(),
                     {StandingState::kUnderAttack, "25 failures", "lockout-sabotage", 0.9, "incident-1"},
                     minutes(15), clock_.Now());
  standings_.Advance(clock_.Now());
  ASSERT_TRUE(stream->Read(&message));
  EXPECT_EQ(message.standing().account(), "alice");
  EXPECT_EQ(message.standing().state(), v1::STANDING_STATE_UNDER_ATTACK);
  EXPECT_TRUE(message.standing().keep_commitments());
  EXPECT_EQ(message.standing().cause(), "lockout-sabotage");
  EXPECT_DOUBLE_EQ(message.standing().confidence(), 0.9);
  EXPECT_EQ(message.standing().incident_id(), "incident-1");
  const int64_t sequence = message.sequence();
  clock_.Advance(minutes(16));
  standings_.Advance(clock_.Now());
  ASSERT_TRUE(stream->Read(&message));
  EXPECT_EQ(message.standing().state(), v1::STANDING_STATE_GOOD);
  EXPECT_GT(message.sequence(), sequence);
  context->TryCancel();

  request.set_cursor(start);
  auto again = With("auction-key");
  auto second = stub_->WatchStandings(again.get(), request);
  ASSERT_TRUE(second->Read(&message));
  EXPECT_EQ(message.standing().state(), v1::STANDING_STATE_UNDER_ATTACK);
  EXPECT_EQ(message.sequence(), sequence);  // the same change, known by its number
  again->TryCancel();
}

TEST_F(WorkflowsServiceTest, ACursorThatIsNotOfThisStreamIsToldWhatItIs) {
  const auto refused = [&](const std::string& cursor) {
    v1::WatchStandingsRequest request;
    request.set_cursor(cursor);
    auto context = With("auction-key");
    auto stream = stub_->WatchStandings(context.get(), request);
    v1::WatchStandingsResponse message;
    EXPECT_FALSE(stream->Read(&message));
    return stream->Finish();
  };
  EXPECT_EQ(refused("test/standings/3/00000000000000ff").error_code(), grpc::StatusCode::OUT_OF_RANGE);
  const grpc::Status foreign = refused("prod/standings/3/00000000000000ff");
  EXPECT_EQ(foreign.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_NE(foreign.error_message().find("environment 'prod'"), std::string::npos) << foreign.error_message();
  EXPECT_EQ(refused("test/incidents/3/00000000000000ff").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(refused("rubbish").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(refused(std::string(100'000, 'x')).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(WorkflowsServiceTest, AWatchOfOneAccountHearsOfNoOther) {
  v1::RegisterStakeResponse registered;
  ASSERT_TRUE(Register("auction-key", "alice", &registered).ok());
  ASSERT_TRUE(Register("auction-key", "bob", &registered).ok());
  auto context = With("auction-key");
  v1::WatchStandingsRequest request;
  request.set_account("alice");
  auto stream = stub_->WatchStandings(context.get(), request);
  v1::WatchStandingsResponse message;
  ASSERT_TRUE(stream->Read(&message));
  const StandingSubject bob{keys_.Account("default", "bob"), "default", "bob"};
  standings_.Observe(bob, {StandingState::kUnderAttack, "failures"}, minutes(15), clock_.Now());
  standings_.Advance(clock_.Now());
  standings_.Observe(Alice(), {StandingState::kSuspected, "odd"}, minutes(15), clock_.Now());
  standings_.Advance(clock_.Now());
  ASSERT_TRUE(stream->Read(&message));
  EXPECT_EQ(message.standing().account(), "alice");
  context->TryCancel();
}

TEST_F(WorkflowsServiceTest, TheMapOfDependenciesSaysWhoWouldRepeatTheStory) {
  const auto add = [&](const std::string& workflow, const std::string& account, v1::OnLock on_lock) {
    v1::RegisterStakeRequest request;
    request.set_account(account);
    request.set_workflow(workflow);
    request.set_on_lock(on_lock);
    EncodeTime(clock_.Now() + hours(1), request.mutable_end_time());
    v1::RegisterStakeResponse response;
    return stub_->RegisterStake(With("auction-key").get(), request, &response);
  };
  ASSERT_TRUE(add("auction-17", "alice", v1::ON_LOCK_ASK).ok());
  ASSERT_TRUE(add("auction-17", "bob", v1::ON_LOCK_ASK).ok());
  ASSERT_TRUE(add("payouts", "alice", v1::ON_LOCK_VOID).ok());
  EXPECT_EQ(add("orders", "alice", static_cast<v1::OnLock>(9)).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  v1::ListDependenciesResponse all;
  EXPECT_EQ(stub_->ListDependencies(With("auction-key").get(), {}, &all).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  ASSERT_TRUE(stub_->ListDependencies(With("ops-key").get(), {}, &all).ok());
  ASSERT_EQ(all.dependencies_size(), 2);
  EXPECT_EQ(all.dependencies(0).workflow(), "auction-17");
  EXPECT_EQ(all.dependencies(0).stakes(), 2);
  EXPECT_FALSE(all.dependencies(0).repeats_story());
  EXPECT_EQ(all.dependencies(1).accounts(0), "default/alice");
  EXPECT_TRUE(all.dependencies(1).repeats_story());
  v1::ListDependenciesRequest of_bob;
  of_bob.set_account("bob");
  ASSERT_TRUE(stub_->ListDependencies(With("ops-key").get(), of_bob, &all).ok());
  EXPECT_EQ(all.dependencies_size(), 1);
}

}  // namespace
}  // namespace latchkey
