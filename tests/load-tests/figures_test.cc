#include "load-tests/figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace latchkey::load {
namespace {

using std::chrono::milliseconds;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// A thousand answers, of which so many are reports; in processor time of server and Redis.
Measurement Round(Nanos server, Nanos redis = Nanos{0}, int64_t reported = 0) {
  Measurement round;
  round.tally.answered = 1000;
  round.tally.reported = reported;
  round.tally.actions[v1::ACTION_ALLOW] = 1000 - reported;
  round.tally.span = std::chrono::seconds(1);
  round.tally.latency.Add(std::chrono::microseconds(100));
  round.server_cpu = server;
  round.redis_cpu = redis;
  return round;
}

Figure Named(const Comparison& comparison, const std::string& name) {
  const std::vector<Figure> figures = FiguresOf(comparison);
  const auto found =
      std::find_if(figures.begin(), figures.end(), [&](const Figure& figure) { return figure.name == name; });
  return found == figures.end() ? Figure{} : *found;
}

TEST(FiguresTest, ARatioIsTheMedianOfEachRoundsOwn) {
  Comparison comparison;
  // The machine was slow in the second round, for both.
  comparison.trials["floor"] = {Round(milliseconds(10)), Round(milliseconds(30)), Round(milliseconds(10))};
  comparison.trials["memory"] = {Round(milliseconds(20)), Round(milliseconds(40)), Round(milliseconds(20))};
  const Figure ratio = Named(comparison, "assess_ratio");
  ASSERT_TRUE(ratio.spread);
  EXPECT_DOUBLE_EQ(ratio.spread->min, 0.5);
  EXPECT_DOUBLE_EQ(ratio.spread->median, 0.5);
  EXPECT_DOUBLE_EQ(ratio.spread->max, 0.75);
  EXPECT_TRUE(ratio.missed());
  EXPECT_DOUBLE_EQ(Named(comparison, "floor_unary_cpu_us").spread->median, 10);
}

TEST(FiguresTest, BothSidesOfATarget) {
  Comparison comparison;
  comparison.trials["floor"] = {Round(milliseconds(85))};
  comparison.trials["memory"] = {Round(milliseconds(100))};
  comparison.trials["redis"] = {Round(milliseconds(153))};
  EXPECT_FALSE(Named(comparison, "assess_ratio").missed());
  EXPECT_FALSE(Named(comparison, "redis_engine_ratio").missed());
  comparison.trials["memory"] = {Round(milliseconds(101))};
  comparison.trials["redis"] = {Round(milliseconds(154))};
  EXPECT_TRUE(Named(comparison, "assess_ratio").missed());
  EXPECT_TRUE(Named(comparison, "redis_engine_ratio").missed());
  EXPECT_THAT(MissedIn(comparison),
              Contains("Assess, unary, memory / no-op is 0.84, but should be at least 0.85"));
}

TEST(FiguresTest, WhatWasNotMeasuredIsNullAndNotMissed) {
  Comparison comparison;
  comparison.trials["floor"] = {Round(milliseconds(10))};
  EXPECT_FALSE(Named(comparison, "redis_cpu_ratio").spread);
  EXPECT_THAT(MissedIn(comparison), IsEmpty());
  const std::string json = CompareJson({}, comparison);
  for (const char* figure :
       {R"("floor_unary_cpu_us": 10.0)", R"("assess_cpu_us": null)", R"("assess_ratio": null)",
        R"("converse_ratio": null)", R"("refused_ratio": null)", R"("redis_engine_ratio": null)",
        R"("redis_cpu_ratio": null)", R"("redis_commands": null)", R"("peers": {})"}) {
    EXPECT_THAT(json, HasSubstr(figure));
  }
}

TEST(FiguresTest, APeersCheckStandsBesideAFullLoginOnAStoreOfTheSameKind) {
  Comparison comparison;
  // A login is 40 µs in memory, 60 and 20 with Redis; by Converse a quarter of that.
  comparison.trials["memory login"] = {Round(milliseconds(20), {}, 500)};
  comparison.trials["memory login converse"] = {Round(milliseconds(5), {}, 500)};
  comparison.trials["redis login"] = {Round(milliseconds(30), milliseconds(10), 500)};
  comparison.trials["redis login converse"] = {Round(milliseconds(5), milliseconds(5), 500)};
  comparison.peers = {
      {.kind = {.name = "one", .redis = true}, .rounds = {Round(milliseconds(70), milliseconds(10))}},
      {.kind = {.name = "other"}, .rounds = {Round(milliseconds(10))}}};
  const std::vector<PeerFigures> peers = PeerFiguresOf(comparison);
  ASSERT_EQ(peers.size(), 2);
  EXPECT_DOUBLE_EQ(peers[0].login_unary.spread->median, 1);
  EXPECT_DOUBLE_EQ(peers[0].login_converse.spread->median, 4);
  EXPECT_TRUE(peers[0].login_unary.missed());
  EXPECT_FALSE(peers[0].login_converse.missed());
  EXPECT_DOUBLE_EQ(peers[1].login_converse.spread->median, 1);
  EXPECT_TRUE(peers[1].login_converse.missed());
  EXPECT_FALSE(peers[1].login_unary.missed()) << "asked of those with Redis alone";
}

TEST(FiguresTest, AnAbsentPeerHasNoNumber) {
  Comparison comparison;
  comparison.peers = {{.kind = {.name = "one", .redis = true}, .absent = "no npm on this machine"}};
  const std::string json = CompareJson({}, comparison);
  EXPECT_THAT(json, HasSubstr(R"("status": "absent")"));
  EXPECT_THAT(json, HasSubstr("no npm on this machine"));
  EXPECT_THAT(json, Not(HasSubstr("checks_per_second")));
}

TEST(FiguresTest, OneCommandTooManyIsMissedAndWhatANodeAsksByItselfIsNot) {
  Comparison comparison;
  comparison.commands = RedisCommands{.assess_stranger = 1.01, .assess_device = 1.01, .report_success = 1.02};
  EXPECT_THAT(MissedIn(comparison), IsEmpty());
  comparison.commands->report_failure = 1;
  EXPECT_THAT(MissedIn(comparison), Contains("Report of a failure sends 1.00 commands to one Redis, not 0"));
}

TEST(FiguresTest, FailedCallsAreMissed) {
  Comparison comparison;
  comparison.trials["memory"] = {Round(milliseconds(10))};
  comparison.trials["memory"][0].tally.errors[14] = 3;
  EXPECT_THAT(MissedIn(comparison), Contains("memory: 3 calls have failed"));
}

TEST(FiguresTest, AnswersWithoutTheStoreAreToldWhenTheyAreMoreThanOneInAHundred) {
  Comparison comparison;
  comparison.trials["redis"] = {Round(milliseconds(10))};
  comparison.trials["redis"][0].tally.degraded = 10;
  EXPECT_THAT(MissedIn(comparison), IsEmpty());
  comparison.trials["redis"][0].tally.degraded = 11;
  EXPECT_THAT(MissedIn(comparison), Contains("redis: 11 of 1000 were answered without the store"));
}

}  // namespace
}  // namespace latchkey::load
