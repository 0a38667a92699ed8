#include "engine/backtest/timeline.h"

#include <gtest/gtest.h>

namespace latchkey {
namespace {

using std::chrono::seconds;

RecordedAttempt At(int64_t second, uint64_t decision) {
  return {.at = TimePoint(seconds(second)), .decision = decision};
}

std::vector<uint64_t> PlayAll(Timeline& timeline) {
  std::vector<uint64_t> order;
  while (const auto step = timeline.Next(/*all=*/true)) order.push_back(step->played->attempt.decision);
  return order;
}

TEST(TimelineTest, SortsWhatIsOutOfOrderWithinItsWindow) {
  Timeline timeline({.window = seconds(60)});
  for (const int64_t second : {10, 30, 20}) timeline.Add(At(second, static_cast<uint64_t>(second)));
  EXPECT_FALSE(timeline.Next(/*all=*/false)) << "something earlier may still come";
  EXPECT_EQ(PlayAll(timeline), (std::vector<uint64_t>{10, 20, 30}));
  EXPECT_EQ(timeline.counts().out_of_order, 1);
  EXPECT_EQ(timeline.counts().late, 0);
}

TEST(TimelineTest, WhatComesTooLateIsPlayedAtOnceAndCounted) {
  Timeline timeline({.window = seconds(60)});
  timeline.Add(At(100, 1));
  timeline.Add(At(200, 2));
  ASSERT_TRUE(timeline.Next(/*all=*/false));
  timeline.Add(At(50, 3));
  const auto step = timeline.Next(/*all=*/true);
  ASSERT_TRUE(step);
  EXPECT_EQ(step->played->attempt.decision, 3U);
  EXPECT_EQ(step->at, TimePoint(seconds(100))) << "time never goes back";
  EXPECT_EQ(timeline.counts().late, 1);
}

TEST(TimelineTest, AnAttemptKnowsAReportThatIsInTheWindow) {
  Timeline timeline({.window = seconds(60)});
  timeline.Add(At(100, 1));
  timeline.Add(RecordedOutcome{.at = TimePoint(seconds(101)), .decision = 1, .outcome = Outcome::kRight});
  const auto attempt = timeline.Next(/*all=*/true);
  ASSERT_TRUE(attempt);
  EXPECT_TRUE(attempt->played->outcome);
  const auto report = timeline.Next(/*all=*/true);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->kind, Timeline::Step::Kind::kReport);
}

TEST(TimelineTest, LeavesOutWhatIsThereTwiceAndReportsOfNothing) {
  Timeline timeline({});
  timeline.Add(At(100, 1));
  timeline.Add(At(100, 1));
  timeline.Add(RecordedOutcome{.at = TimePoint(seconds(101)), .decision = 7});
  EXPECT_EQ(PlayAll(timeline).size(), 1U);
  EXPECT_EQ(timeline.counts().twice, 1);
  EXPECT_EQ(timeline.counts().unmatched, 1);
}

TEST(TimelineTest, MemoryIsBoundedByEventsToo) {
  Timeline timeline({.window = seconds(60), .events_max = 10});
  for (uint64_t i = 1; i <= 100; ++i) {
    timeline.Add(At(100, i));
    while (timeline.Next(/*all=*/false)) continue;
  }
  EXPECT_EQ(PlayAll(timeline).size(), 10U);
}

}  // namespace
}  // namespace latchkey
