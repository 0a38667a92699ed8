#include "engine/stats/minute_counts.h"

#include <gtest/gtest.h>

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr TimePoint kNow{hours(24 * 365 * 50)};  // a whole minute

TEST(MinuteCountsTest, SumsByActionLaneRuleAndOutcome) {
  MinuteCounts counts;
  counts.AddDecision(Action::kAllow, Lane::kDevice, "", false, kNow);
  counts.AddDecision(Action::kLockout, Lane::kStranger, "stranger-guesses", true, kNow + seconds(59));
  counts.AddOutcome(Outcome::kWrong, kNow);
  const auto totals = counts.Sum(kNow, kNow + minutes(1));
  EXPECT_EQ(totals.All(), 2);
  EXPECT_EQ(totals.OfAction(Action::kLockout), 1);
  EXPECT_EQ(totals.OfLane(Lane::kDevice), 1);
  EXPECT_EQ(totals.degraded, 1);
  EXPECT_EQ(totals.outcomes[static_cast<size_t>(Outcome::kWrong)], 1);
  ASSERT_EQ(totals.rules.size(), 1U);
  EXPECT_EQ(totals.rules[0], (std::pair<std::string, int64_t>("stranger-guesses", 1)));
}

TEST(MinuteCountsTest, AMinuteBelongsToTheRangeThatItBeginsIn) {
  MinuteCounts counts;
  counts.AddDecision(Action::kAllow, Lane::kDevice, "", false, kNow + seconds(30));
  EXPECT_EQ(counts.Sum(kNow, kNow + minutes(1)).All(), 1);
  EXPECT_EQ(counts.Sum(kNow, kNow).All(), 0);
  EXPECT_EQ(counts.Sum(kNow + Duration(1), kNow + minutes(2)).All(), 0);
  EXPECT_EQ(counts.Sum(kNow, kNow + Duration(1)).All(), 1);
}

TEST(MinuteCountsTest, KeepsADayAndForgetsWhatIsOlder) {
  MinuteCounts counts;
  counts.AddDecision(Action::kAllow, Lane::kDevice, "", false, kNow);
  counts.AddDecision(Action::kAllow, Lane::kDevice, "", false, kNow + hours(24));
  EXPECT_EQ(counts.Sum(kNow, kNow + hours(25)).All(), 2);
  counts.AddDecision(Action::kAllow, Lane::kDevice, "", false, kNow + hours(24) + minutes(1));
  EXPECT_EQ(counts.Sum(kNow, kNow + hours(25)).All(), 2);  // the first minute's place was used again
  counts.AddDecision(Action::kAllow, Lane::kDevice, "", false, kNow);
  EXPECT_EQ(counts.Sum(kNow, kNow + hours(25)).All(), 2);  // too old to be counted
}

TEST(MinuteCountsTest, AFloodOfRuleNamesIsCountedAsOther) {
  MinuteCounts counts;
  for (int i = 0; i < 1000; ++i) {
    counts.AddDecision(Action::kThrottle, Lane::kStranger, "rule-" + std::to_string(i), false, kNow);
  }
  const auto rules = counts.Sum(kNow, kNow + minutes(1)).rules;
  EXPECT_EQ(rules.size(), 256U);
  EXPECT_EQ(rules.back(), (std::pair<std::string, int64_t>("other", 1000 - 255)));
}

}  // namespace
}  // namespace latchkey
