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

}  // namespace
}  // namespace latchkey::load
