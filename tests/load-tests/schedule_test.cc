#include "load-tests/schedule.h"

#include <gtest/gtest.h>

namespace latchkey::load {
namespace {

using namespace std::chrono_literals;

TEST(ScheduleTest, SpacesRequestsEvenly) {
  const Instant start{};
  const Schedule schedule(start, /*rate=*/1000);
  EXPECT_EQ(schedule.DueTime(0), start);
  EXPECT_EQ(schedule.DueTime(1), start + 1ms);
  EXPECT_EQ(schedule.DueTime(1000), start + 1s);
}

TEST(ScheduleTest, DoesNotDriftWhereThePeriodIsNoWholeNumber) {
  const Instant start{};
  const Schedule schedule(start, /*rate=*/30'000);
  EXPECT_EQ(schedule.DueTime(30'000 * 3600LL), start + 1h);
}

TEST(ScheduleTest, APaceChangesTheRateStepByStepAndStaysAtItsLast) {
  const Instant start{};
  // 100 a second for a second, then 300, for two seconds in all.
  const Schedule schedule(start, /*rate=*/100, /*pace=*/{1, 3}, /*span=*/2s);
  EXPECT_EQ(schedule.DueTime(0), start);
  EXPECT_EQ(schedule.DueTime(50), start + 500ms);
  EXPECT_EQ(schedule.DueTime(100), start + 1s);
  EXPECT_EQ(schedule.DueTime(250), start + 1500ms);
  EXPECT_EQ(schedule.DueTime(400), start + 2s);
  EXPECT_EQ(schedule.DueTime(700), start + 3s);
}

}  // namespace
}  // namespace latchkey::load
