#include "adapters/grpc/stats_service.h"

#include "adapters/grpc/wire_values.h"
#include "tests/adapters/grpc/guard_fixture.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class StatsServiceTest : public GuardServerTest {
 protected:
  void SetUp() override {
    GrpcServerSettings settings;
    settings.listen_address = "127.0.0.1:0";
    auto server = GrpcServer::Start(settings,
                                    {{&guard_, v1::LoginGuardService::service_full_name()},
                                     {&service_, v1::StatsService::service_full_name()}},
                                    engine_.drain);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    const auto channel = grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()),
                                             grpc::InsecureChannelCredentials());
    stub_ = v1::LoginGuardService::NewStub(channel);
    stats_ = v1::StatsService::NewStub(channel);
  }

  // Wrong passwords of strangers until one is refused.
  v1::AssessResponse Attack(const std::string& account, const std::string& source) {
    for (int i = 0; i < 50; ++i) {
      v1::AssessResponse answer = Assess(Login(account, source));
      if (answer.action() != v1::ACTION_ALLOW && !answer.reasons(0).provisional()) return answer;
      if (!answer.attempt_token().empty()) Report(answer.attempt_token(), v1::OUTCOME_WRONG);
      engine_.clock.Advance(std::chrono::seconds(90));
    }
    ADD_FAILURE() << "never refused";
    return {};
  }

  AccountView accounts_{engine_.keys, engine_.policies, engine_.store, minutes(2)};
  StatsService service_{{auth_, engine_.stats, accounts_, engine_.policies, engine_.clock, engine_.drain}};
  std::unique_ptr<v1::StatsService::Stub> stats_;
};

TEST_F(StatsServiceTest, SummaryAndSeriesCountWhatWasDecided) {
  Attack("alice", "192.0.2.66");
  v1::GetSummaryResponse summary;
  ASSERT_TRUE(stats_->GetSummary(As("ops-key").get(), {}, &summary).ok());
  EXPECT_GE(summary.decisions(), 6);
  EXPECT_EQ(summary.actions_size(), 4);
  EXPECT_EQ(summary.lanes_size(), 5);
  EXPECT_EQ(summary.outcomes_size(), 6);
  EXPECT_EQ(summary.outcomes(1).outcome(), v1::OUTCOME_WRONG);
  EXPECT_GE(summary.outcomes(1).count(), 5);
  ASSERT_GT(summary.rules_size(), 0);
  EXPECT_EQ(summary.rules(0).rule_id(), "stranger-guesses");
  EXPECT_EQ(summary.policy_revision(), 1);

  v1::QueryTimeSeriesRequest query;
  for (const auto dimension :
       {v1::QueryTimeSeriesRequest::DIMENSION_UNSPECIFIED, v1::QueryTimeSeriesRequest::DIMENSION_LANE}) {
    query.set_dimension(dimension);
    v1::QueryTimeSeriesResponse series;
    ASSERT_TRUE(stats_->QueryTimeSeries(As("ops-key").get(), query, &series).ok());
    int64_t all = 0;
    for (const auto& one : series.series()) {
      for (const int64_t count : one.counts()) all += count;
      EXPECT_EQ(one.counts_size(), series.series(0).counts_size());
    }
    // The end is exclusive: what happened in the present minute is in the last point.
    EXPECT_EQ(all, summary.decisions());
  }
  query.set_dimension(v1::QueryTimeSeriesRequest::DIMENSION_RULE);
  v1::QueryTimeSeriesResponse by_rule;
  ASSERT_TRUE(stats_->QueryTimeSeries(As("ops-key").get(), query, &by_rule).ok());
  ASSERT_EQ(by_rule.series_size(), 1);
  EXPECT_EQ(by_rule.series(0).label(), "stranger-guesses");
}

TEST_F(StatsServiceTest, AbsurdRangesAreRefused) {
  const auto field = [&](auto&& spoil) {
    v1::QueryTimeSeriesRequest query;
    spoil(query);
    v1::QueryTimeSeriesResponse series;
    const grpc::Status status = stats_->QueryTimeSeries(As("ops-key").get(), query, &series);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    return status.error_message().substr(0, status.error_message().find(':'));
  };
  EXPECT_EQ(field([&](auto& q) { EncodeTime(engine_.clock.Now() - hours(26), q.mutable_start_time()); }),
            "start_time");
  EXPECT_EQ(field([&](auto& q) { EncodeTime(engine_.clock.Now() + hours(1), q.mutable_start_time()); }),
            "start_time");
  EXPECT_EQ(field([&](auto& q) { q.mutable_end_time()->set_seconds(INT64_MAX); }), "end_time");
  EXPECT_EQ(field([&](auto& q) { q.mutable_step()->set_seconds(61); }), "step");
  EXPECT_EQ(field([&](auto& q) { q.mutable_step()->set_seconds(-60); }), "step");
  EXPECT_EQ(field([&](auto& q) { q.mutable_step()->set_seconds(INT64_MAX); }), "step");
  EXPECT_EQ(field([&](auto& q) { q.set_dimension(static_cast<v1::QueryTimeSeriesRequest::Dimension>(9)); }),
            "dimension");
  v1::GetSummaryRequest request;
  request.mutable_span()->set_seconds(1);
  v1::GetSummaryResponse summary;
  EXPECT_EQ(stats_->GetSummary(As("ops-key").get(), request, &summary).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(StatsServiceTest, TheAttackedAndTheAttackingAreOnTop) {
  Attack("bob", "192.0.2.1");
  for (int i = 0; i < 10; ++i) Attack("alice", "192.0.2.66");
  v1::ListTopAccountsRequest request;
  request.set_page_size(1);
  v1::ListTopAccountsResponse accounts;
  ASSERT_TRUE(stats_->ListTopAccounts(As("ops-key").get(), request, &accounts).ok());
  ASSERT_EQ(accounts.accounts_size(), 1);
  EXPECT_EQ(accounts.accounts(0).account(), "alice");
  EXPECT_EQ(accounts.accounts(0).tenant(), "default");
  EXPECT_EQ(accounts.accounts(0).account_key().size(), 32U);
  request.set_page_token(accounts.next_page_token());
  ASSERT_TRUE(stats_->ListTopAccounts(As("ops-key").get(), request, &accounts).ok());
  EXPECT_EQ(accounts.accounts(0).account(), "bob");
  EXPECT_TRUE(accounts.next_page_token().empty());

  v1::ListTopSourcesResponse sources;
  ASSERT_TRUE(stats_->ListTopSources(As("ops-key").get(), {}, &sources).ok());
  EXPECT_EQ(sources.sources(0).source(), "192.0.2.66");
  request.set_page_size(-1);
  EXPECT_EQ(stats_->ListTopAccounts(As("ops-key").get(), request, &accounts).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(stats_->ListTopSources(As("shop-key").get(), {}, &sources).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(StatsServiceTest, AnAccountIsDescribedLaneByLaneAndCountsNothing) {
  const auto laptop = Report(Assess(Login("alice")).attempt_token(), v1::OUTCOME_LOGIN_COMPLETE, "laptop");
  Attack("alice", "192.0.2.66");
  v1::DescribeAccountRequest request;
  request.set_account("alice");
  v1::DescribeAccountResponse account;
  for (int i = 0; i < 20; ++i) {
    account.Clear();
    ASSERT_TRUE(stats_->DescribeAccount(As("ops-key").get(), request, &account).ok());
  }
  ASSERT_EQ(account.lanes_size(), 5);
  EXPECT_EQ(account.lanes(0).lane(), v1::LANE_DEVICE);
  EXPECT_TRUE(account.lanes(0).proved());
  EXPECT_FALSE(account.lanes(0).spent());
  EXPECT_FALSE(account.lanes(1).proved());
  EXPECT_EQ(account.lanes(4).lane(), v1::LANE_STRANGER);
  EXPECT_TRUE(account.lanes(4).spent());
  EXPECT_EQ(account.lanes(4).action(), v1::ACTION_CHALLENGE);
  EXPECT_TRUE(account.lanes(4).has_end_time());
  EXPECT_TRUE(account.lanes(4).limits(0).reached());
  EXPECT_EQ(account.device_count(), 1);
  EXPECT_EQ(account.source_count(), 1);

  request.set_source("192.0.2.66");
  account.Clear();
  ASSERT_TRUE(stats_->DescribeAccount(As("ops-key").get(), request, &account).ok());
  EXPECT_FALSE(account.lanes(2).proved()) << "she never logged in from there";
  request.set_account("nobody");
  ASSERT_TRUE(stats_->DescribeAccount(As("ops-key").get(), request, &account).ok());
  request.set_source("nowhere");
  EXPECT_EQ(stats_->DescribeAccount(As("ops-key").get(), request, &account).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(StatsServiceTest, AWatcherSeesDecisionsAsTheyAreMadeAndOnlyThoseItWants) {
  Assess(Login("early"));
  v1::WatchDecisionsRequest request;
  request.set_backlog(10);
  auto context = As("ops-key");
  auto stream = stats_->WatchDecisions(context.get(), request);
  v1::WatchDecisionsResponse message;
  ASSERT_TRUE(stream->Read(&message));
  EXPECT_EQ(message.decisions(0).action(), v1::ACTION_ALLOW);

  request.set_backlog(0);
  request.add_actions(v1::ACTION_CHALLENGE);
  auto other = As("ops-key");
  auto challenges = stats_->WatchDecisions(other.get(), request);
  const v1::AssessResponse refused = Attack("alice", "192.0.2.66");
  request.set_backlog(1000);
  auto third = As("ops-key");
  auto replay = stats_->WatchDecisions(third.get(), request);
  ASSERT_TRUE(replay->Read(&message));
  ASSERT_EQ(message.decisions_size(), 1);
  EXPECT_EQ(message.decisions(0).decision_id(), refused.decision_id());
  EXPECT_EQ(message.decisions(0).rule_id(), "stranger-guesses");
  for (auto* one : {context.get(), other.get(), third.get()}) one->TryCancel();

  request.set_backlog(1001);
  auto wrong = As("ops-key");
  auto none = stats_->WatchDecisions(wrong.get(), request);
  EXPECT_FALSE(none->Read(&message));
  EXPECT_EQ(none->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(StatsServiceTest, AnAttackedAccountWithAStakeIsUnderAttackAndKeepsItsCommitments) {
  Stake bid;
  bid.caller = "auction";
  bid.account_key = engine_.keys.Account("default", "alice");
  bid.workflow = "auction-17";
  bid.end = engine_.clock.Now() + hours(5);
  ASSERT_TRUE(engine_.stakes.Register(bid, engine_.clock.Now()).ok());
  Attack("alice", "192.0.2.66");
  Attack("bob", "192.0.2.67");
  const StandingSubject alice{bid.account_key, "default", "alice"};
  const Standing standing = engine_.standings.Get(alice, engine_.clock.Now());
  EXPECT_EQ(standing.state, StandingState::kUnderAttack);
  EXPECT_TRUE(standing.keeps_commitments());
  EXPECT_NE(standing.reason.find("stranger-guesses"), std::string::npos);
  const StandingSubject bob{engine_.keys.Account("default", "bob"), "default", "bob"};
  EXPECT_EQ(engine_.standings.Get(bob, engine_.clock.Now()).state, StandingState::kGood)
      << "nothing at stake";
}

}  // namespace
}  // namespace latchkey
