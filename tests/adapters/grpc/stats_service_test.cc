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
  std::optional<std::vector<UnresolvedIncidents>> incidents_;
  StatsService service_{{.auth = auth_,
                         .stats = engine_.stats,
                         .accounts = accounts_,
                         .policies = engine_.policies,
                         .clock = engine_.clock,
                         .drain = engine_.drain,
                         .incidents = [this] { return incidents_; }}};
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

TEST_F(StatsServiceTest, SummarySaysWhichIncidentsNobodyHasClosedOnceItIsKnown) {
  const auto summary = [this] {
    v1::GetSummaryResponse answer;
    EXPECT_TRUE(stats_->GetSummary(As("ops-key").get(), {}, &answer).ok());
    return answer;
  };
  EXPECT_FALSE(summary().has_incidents());
  incidents_.emplace();
  EXPECT_TRUE(summary().has_incidents());
  EXPECT_EQ(summary().incidents().totals_size(), 0);
  incidents_->push_back({AttackKind::kPasswordSpray, Severity::kHigh, 2, 1});
  const v1::IncidentSummary known = summary().incidents();
  ASSERT_EQ(known.totals_size(), 1);
  EXPECT_EQ(known.totals(0).kind(), v1::ATTACK_KIND_PASSWORD_SPRAY);
  EXPECT_EQ(known.totals(0).severity(), v1::INCIDENT_SEVERITY_HIGH);
  EXPECT_EQ(known.totals(0).open(), 2);
  EXPECT_EQ(known.totals(0).acknowledged(), 1);
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
  const auto from = [&](auto& q, Duration ago) {
    EncodeTime(engine_.clock.Now() - ago, q.mutable_start_time());
  };
  EXPECT_EQ(field([&](auto& q) { from(q, hours(24 * 30 + 2)); }), "start_time") << "kept for 30 days";
  EXPECT_EQ(field([&](auto& q) { from(q, hours(26)); }), "step") << "older than a day: by the hour";
  EXPECT_EQ(field([&](auto& q) {
              from(q, minutes(17));
              q.mutable_step()->set_seconds(30);
            }),
            "step")
      << "older than 15 minutes: by the minute";
  EXPECT_EQ(field([&](auto& q) { q.mutable_step()->set_nanos(500'000'000); }), "step");
  EXPECT_EQ(field([&](auto& q) { q.set_series_max(101); }), "series_max");
  EXPECT_EQ(field([&](auto& q) { q.set_series_max(-1); }), "series_max");
  EXPECT_EQ(field([&](auto& q) { q.set_refused_only(true); }), "refused_only");
  EXPECT_EQ(field([&](auto& q) { EncodeTime(engine_.clock.Now() + hours(1), q.mutable_start_time()); }),
            "start_time");
  EXPECT_EQ(field([&](auto& q) { q.mutable_end_time()->set_seconds(INT64_MAX); }), "end_time");
  EXPECT_EQ(field([&](auto& q) { q.mutable_step()->set_seconds(61); }), "step");
  EXPECT_EQ(field([&](auto& q) { q.mutable_step()->set_seconds(-60); }), "step");
  EXPECT_EQ(field([&](auto& q) { q.mutable_step()->set_seconds(INT64_MAX); }), "step");
  EXPECT_EQ(field([&](auto& q) { q.set_dimension(static_cast<v1::QueryTimeSeriesRequest::Dimension>(9)); }),
            "dimension");
  v1::GetSummaryRequest request;
  v1::GetSummaryResponse summary;
  for (const int64_t seconds : {int64_t{59}, int64_t{30 * 24 * 3600 + 1}, int64_t{-60}, INT64_MAX}) {
    request.mutable_span()->set_seconds(seconds);
    EXPECT_EQ(stats_->GetSummary(As("ops-key").get(), request, &summary).error_code(),
              grpc::StatusCode::INVALID_ARGUMENT)
        << seconds;
  }
}

TEST_F(StatsServiceTest, SeriesAreKeptBySecondMinuteAndHour) {
  const auto points = [&](Duration back, Duration step, auto dimension) {
    v1::QueryTimeSeriesRequest query;
    EncodeTime(engine_.clock.Now() - back, query.mutable_start_time());
    EncodeDuration(step, query.mutable_step());
    query.set_dimension(dimension);
    v1::QueryTimeSeriesResponse series;
    const grpc::Status status = stats_->QueryTimeSeries(As("ops-key").get(), query, &series);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(series.node_count(), 1);
    return series;
  };
  using Query = v1::QueryTimeSeriesRequest;
  Assess(Login("alice"));
  engine_.node_stats.Collect(engine_.clock.Now());
  engine_.clock.Advance(std::chrono::seconds(3));
  Assess(Login("bob"));
  const auto by_second = points(std::chrono::seconds(9), std::chrono::seconds(1), Query::DIMENSION_TENANT);
  ASSERT_EQ(by_second.series_size(), 1);
  EXPECT_EQ(by_second.series(0).label(), "default");
  const auto& counts = by_second.series(0).counts();
  EXPECT_EQ(std::count(counts.begin(), counts.end(), 1), 2) << "three seconds apart";
  for (const auto dimension : {Query::DIMENSION_PATH, Query::DIMENSION_LANE, Query::DIMENSION_ACTION}) {
    int64_t all = 0;
    const auto by_hour = points(hours(24 * 29), hours(1), dimension);
    for (const auto& one : by_hour.series()) {
      for (const int64_t count : one.counts()) all += count;
    }
    EXPECT_EQ(all, 2);
  }
  EXPECT_EQ(points(minutes(5), minutes(1), Query::DIMENSION_OUTCOME).series_size(), 6);
  const auto latency = points(minutes(5), minutes(1), Query::DIMENSION_LATENCY);
  ASSERT_EQ(latency.series_size(), 4);
  EXPECT_EQ(latency.series(0).label(), "p50");
  EXPECT_GT(latency.series(0).counts(5), 0);
}

TEST_F(StatsServiceTest, ManyPathsAreBoundedAndTheRestIsOther) {
  for (int i = 0; i < 50; ++i) {
    v1::AssessRequest login = Login("alice" + std::to_string(i));
    login.set_path("path-" + std::to_string(i));
    Assess(login);
  }
  v1::QueryTimeSeriesRequest query;
  query.set_dimension(v1::QueryTimeSeriesRequest::DIMENSION_PATH);
  query.set_series_max(3);
  v1::QueryTimeSeriesResponse series;
  ASSERT_TRUE(stats_->QueryTimeSeries(As("ops-key").get(), query, &series).ok());
  ASSERT_EQ(series.series_size(), 4);
  EXPECT_EQ(series.series(3).label(), "other");
  int64_t other = 0;
  for (const int64_t count : series.series(3).counts()) other += count;
  EXPECT_EQ(other, 47) << "18 that were not told apart, 29 that were not asked for";
  v1::GetSummaryResponse summary;
  ASSERT_TRUE(stats_->GetSummary(As("ops-key").get(), {}, &summary).ok());
  EXPECT_EQ(summary.paths_size(), 20);
  EXPECT_EQ(summary.node_count(), 1);
  EXPECT_EQ(summary.decision_latency().count(), 50);
  EXPECT_TRUE(summary.decision_latency().has_p99());
}

TEST_F(StatsServiceTest, WhatIsClosedIsListedUntilItsEnd) {
  const v1::AssessResponse refused = Attack("alice", "192.0.2.66");
  v1::ListActiveRefusalsResponse closed;
  ASSERT_TRUE(stats_->ListActiveRefusals(As("ops-key").get(), {}, &closed).ok());
  ASSERT_EQ(closed.refusals_size(), 1);
  const v1::ActiveRefusal& refusal = closed.refusals(0);
  EXPECT_EQ(refusal.subject(), "default/alice");
  EXPECT_EQ(refusal.lane(), v1::LANE_STRANGER);
  EXPECT_EQ(refusal.action(), refused.action());
  EXPECT_EQ(refusal.rule_id(), "stranger-guesses");
  EXPECT_EQ(refusal.end_time().seconds(), refused.end_time().seconds());
  EXPECT_EQ(closed.node_count(), 1);
  engine_.clock.Advance(hours(2));
  ASSERT_TRUE(stats_->ListActiveRefusals(As("ops-key").get(), {}, &closed).ok());
  EXPECT_EQ(closed.refusals_size(), 0);
  v1::ListActiveRefusalsRequest wrong;
  wrong.set_page_token("x");
  EXPECT_EQ(stats_->ListActiveRefusals(As("ops-key").get(), wrong, &closed).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(stats_->ListActiveRefusals(As("shop-key").get(), {}, &closed).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
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
  EXPECT_EQ(sources.unlisted_hits_max(), 0);
  EXPECT_EQ(sources.node_count(), 1);
  v1::ListTopNetworksResponse networks;
  ASSERT_TRUE(stats_->ListTopNetworks(As("ops-key").get(), {}, &networks).ok());
  ASSERT_EQ(networks.networks_size(), 1) << "both sources are of one";
  EXPECT_EQ(networks.networks(0).network(), "192.0.2.0/24");
  v1::ListTopAsnsResponse asns;
  ASSERT_TRUE(stats_->ListTopAsns(As("ops-key").get(), {}, &asns).ok());
  EXPECT_EQ(asns.asns_size(), 0) << "no attempt has named one";
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

TEST_F(StatsServiceTest, AKeyThatIsTakenAwayEndsItsStreams) {
  Assess(Login("alice"));
  v1::WatchDecisionsRequest request;
  request.set_backlog(1);
  const auto context = As("ops-key");
  const auto stream = stats_->WatchDecisions(context.get(), request);
  v1::WatchDecisionsResponse message;
  ASSERT_TRUE(stream->Read(&message));
  CallerAuthSettings left = Callers();
  left.keys.pop_back();
  auth_.Replace(std::move(left));
  Assess(Login("bob"));
  engine_.node_stats.Collect(engine_.clock.Now());
  EXPECT_FALSE(stream->Read(&message));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
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
  engine_.ledger.Look();
  engine_.standings.Advance(engine_.clock.Now());
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
