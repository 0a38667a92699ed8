#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nlohmann/json.hpp"
#include "tests/cli/fake_server.h"

namespace latchkey::cli {
namespace {

using ::testing::HasSubstr;

TEST(StatusVerbTest, OfAnAccountShowsItsLanes) {
  FakeServer server;
  server.stats.describe.answer.set_device_count(2);
  auto& lane = *server.stats.describe.answer.add_lanes();
  lane.set_lane(v1::LANE_STRANGER);
  lane.set_action(v1::ACTION_CHALLENGE);
  const Ran ran = server.Run({"status", "alice"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("stranger"));
  EXPECT_THAT(ran.out, HasSubstr("CHALLENGE"));
}

TEST(StatusVerbTest, WithoutAnAccountSumsUp) {
  FakeServer server;
  server.stats.summary.answer.set_decisions(42);
  const Ran ran = server.Run({"status", "--span", "2h"});
  EXPECT_EQ(server.stats.summary.asked.span().seconds(), 7200);
  EXPECT_THAT(ran.out, HasSubstr("42"));
}

TEST(TopVerbTest, ReadsAllPagesUpToItsLimit) {
  FakeServer server;
  const auto accounts = nlohmann::json::parse(server.Run({"top", "-o", "json"}).out)["accounts"];
  EXPECT_EQ(accounts.size(), 2U);
  const auto one = nlohmann::json::parse(server.Run({"top", "accounts", "--limit", "1", "-o", "json"}).out);
  EXPECT_EQ(one["accounts"].size(), 1U);
  EXPECT_EQ(server.Run({"top", "sources"}).code, ExitCode::kOk);
  EXPECT_EQ(server.Run({"top", "planets"}).code, ExitCode::kUsage);
}

TEST(TopVerbTest, SaysHowManyNodesItIsOfAndWhatMayBeMissing) {
  FakeServer server;
  auto& networks = server.stats.top_networks.answer;
  auto& row = *networks.add_networks();
  row.set_network("192.0.2.0/24");
  row.set_refused(7);
  networks.set_node_count(3);
  networks.set_unlisted_hits_max(5);
  const Ran ran = server.Run({"top", "networks"});
  EXPECT_THAT(ran.out, HasSubstr("192.0.2.0/24"));
  EXPECT_THAT(ran.err, HasSubstr("of 3 nodes"));
  EXPECT_THAT(ran.err, HasSubstr("at most 5 hits"));
  server.stats.top_asns.answer.add_asns()->set_asn(64500);
  EXPECT_THAT(server.Run({"top", "asns"}).out, HasSubstr("AS64500"));
  server.stats.top_asns.answer.clear_asns();
  EXPECT_THAT(server.Run({"top", "asns"}).err, HasSubstr("number of an autonomous system"));
}

TEST(TopVerbTest, ShowsWhatIsClosedAndUntilWhen) {
  FakeServer server;
  EXPECT_THAT(server.Run({"top", "refusals"}).err, HasSubstr("nothing is closed"));
  auto& row = *server.stats.refusals.answer.add_refusals();
  row.set_scope(v1::SCOPE_ACCOUNT_LANE);
  row.set_lane(v1::LANE_STRANGER);
  row.set_subject("default/alice");
  row.set_action(v1::ACTION_LOCKOUT);
  row.mutable_end_time()->set_seconds(4102444800);
  const Ran ran = server.Run({"top", "refusals"});
  EXPECT_EQ(ran.code, ExitCode::kOk);
  for (const char* word : {"default/alice", "stranger", "LOCKOUT", "2100-01-01"})
    EXPECT_THAT(ran.out, HasSubstr(word));
  const auto json = nlohmann::json::parse(server.Run({"top", "refusals", "-o", "json"}).out);
  EXPECT_EQ(json["refusals"][0]["subject"], "default/alice");
}

TEST(StatsVerbTest, ShowsOneRowAStep) {
  FakeServer server;
  auto& answer = server.stats.series.answer;
  answer.mutable_start_time()->set_seconds(1795953600);
  answer.mutable_step()->set_seconds(60);
  auto& stranger = *answer.add_series();
  stranger.set_label("stranger");
  stranger.add_counts(11);
  stranger.add_counts(12);
  const Ran ran = server.Run({"stats", "--by", "lane", "--span", "2h", "--step", "1m", "--refused"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("STRANGER"));
  EXPECT_THAT(ran.out, HasSubstr("12"));
  EXPECT_EQ(server.stats.series.asked.dimension(), v1::QueryTimeSeriesRequest::DIMENSION_LANE);
  EXPECT_EQ(server.stats.series.asked.step().seconds(), 60);
  EXPECT_TRUE(server.stats.series.asked.refused_only());
  for (const auto& [span, step] : {std::pair("5m", 5), std::pair("1h", 60), std::pair("30d", 12 * 3600)}) {
    EXPECT_EQ(server.Run({"stats", "--span", span}).code, ExitCode::kOk);
    EXPECT_EQ(server.stats.series.asked.step().seconds(), step) << span;
  }
  EXPECT_EQ(nlohmann::json::parse(server.Run({"stats", "-o", "json"}).out)["series"].size(), 1U);
}

TEST(WatchVerbTest, PrintsOneJsonObjectALineAndEndsAfterItsCount) {
  FakeServer server;
  for (const char* id : {"first", "second", "third"}) {
    v1::DecisionEvent event;
    event.set_decision_id(id);
    event.set_action(v1::ACTION_THROTTLE);
    server.stats.decisions.push_back(event);
  }
  const Ran ran = server.Run({"watch", "--count", "2", "-o", "json"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  std::istringstream lines(ran.out);
  std::vector<std::string> ids;
  for (std::string line; std::getline(lines, line);) {
    ids.push_back(nlohmann::json::parse(line)["decision_id"].get<std::string>());
  }
  EXPECT_THAT(ids, ::testing::ElementsAre("first", "second"));
}

TEST(HealthVerbTest, EndsWithFiveUnlessServing) {
  FakeServer server;
  EXPECT_EQ(server.Run({"health"}).code, ExitCode::kOk);
  server.health.status = grpc::health::v1::HealthCheckResponse::NOT_SERVING;
  const Ran ran = server.Run({"health", "-o", "json"});
  EXPECT_EQ(ran.code, ExitCode::kUnavailable);
  EXPECT_EQ(nlohmann::json::parse(ran.out)["status"], "NOT_SERVING");
}

}  // namespace
}  // namespace latchkey::cli
