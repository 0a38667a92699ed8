#include "engine/stats/time_buckets.h"

#include <gtest/gtest.h>

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr TimePoint kNow{hours(24 * 365 * 50)};  // a whole hour
constexpr auto kSecond = TimeBuckets::kResolutions[0];
constexpr auto kMinute = TimeBuckets::kResolutions[1];
constexpr auto kHour = TimeBuckets::kResolutions[2];

Counts One(Action action = Action::kAllow, Lane lane = Lane::kDevice) {
  Counts counts;
  counts.decisions[static_cast<size_t>(action)][static_cast<size_t>(lane)] = 1;
  return counts;
}

TEST(TimeBucketsTest, SumsByActionLaneRuleAndOutcome) {
  TimeBuckets buckets;
  buckets.Add(One(), kNow);
  Counts refused = One(Action::kLockout, Lane::kStranger);
  refused.rules = {0, 0, 1};
  refused.outcomes[static_cast<size_t>(Outcome::kWrong)] = 1;
  refused.degraded = 1;
  buckets.Add(refused, kNow + seconds(59));
  const Counts sum = buckets.Sum(kMinute, kNow, kNow + minutes(1));
  EXPECT_EQ(sum.All(), 2);
  EXPECT_EQ(sum.Refused(), 1);
  EXPECT_EQ(sum.OfAction(Action::kLockout), 1);
  EXPECT_EQ(sum.OfLane(Lane::kDevice), 1);
  EXPECT_EQ(sum.RefusedInLane(Lane::kStranger), 1);
  EXPECT_EQ(sum.RefusedInLane(Lane::kDevice), 0);
  EXPECT_EQ(sum.degraded, 1);
  EXPECT_EQ(sum.outcomes[static_cast<size_t>(Outcome::kWrong)], 1);
  EXPECT_EQ(sum.rules, (std::vector<int64_t>{0, 0, 1}));
}

TEST(TimeBucketsTest, ABucketBelongsToTheRangeThatItBeginsIn) {
  TimeBuckets buckets;
  buckets.Add(One(), kNow + seconds(30));
  EXPECT_EQ(buckets.Sum(kMinute, kNow, kNow + minutes(1)).All(), 1);
  EXPECT_EQ(buckets.Sum(kMinute, kNow, kNow).All(), 0);
  EXPECT_EQ(buckets.Sum(kMinute, kNow + Duration(1), kNow + minutes(2)).All(), 0);
  EXPECT_EQ(buckets.Sum(kMinute, kNow, kNow + Duration(1)).All(), 1);
  EXPECT_EQ(buckets.Sum(kSecond, kNow, kNow + seconds(30)).All(), 0);
  EXPECT_EQ(buckets.Sum(kSecond, kNow + seconds(30), kNow + seconds(31)).All(), 1);
}

TEST(TimeBucketsTest, EachResolutionKeepsItsTimeAndForgetsWhatIsOlder) {
  for (const TimeBuckets::Resolution resolution : TimeBuckets::kResolutions) {
    TimeBuckets buckets;
    const TimePoint end = kNow + resolution.kept + resolution.width * 2;
    buckets.Add(One(), kNow);
    buckets.Add(One(), kNow + resolution.kept);
    EXPECT_EQ(buckets.Sum(resolution, kNow, end).All(), 2);
    buckets.Add(One(), kNow + resolution.kept + resolution.width);
    EXPECT_EQ(buckets.Sum(resolution, kNow, end).All(), 2) << "the first one's place was used again";
    buckets.Add(One(), kNow);
    EXPECT_EQ(buckets.Sum(resolution, kNow, end).All(), 2) << "too old to be counted";
  }
}

TEST(TimeBucketsTest, TheFinestResolutionIsTakenThatStillKeepsTheBeginning) {
  EXPECT_EQ(TimeBuckets::Keeping(kNow - minutes(15), kNow), kSecond);
  EXPECT_EQ(TimeBuckets::Keeping(kNow - minutes(15) - Duration(1), kNow), kMinute);
  EXPECT_EQ(TimeBuckets::Keeping(kNow - hours(24), kNow), kMinute);
  EXPECT_EQ(TimeBuckets::Keeping(kNow - hours(24) - Duration(1), kNow), kHour);
  EXPECT_EQ(TimeBuckets::Keeping(kNow - hours(24 * 30), kNow), kHour);
  EXPECT_EQ(TimeBuckets::Keeping(kNow - hours(24 * 30) - Duration(1), kNow), std::nullopt);
  EXPECT_EQ(TimeBuckets::Dividing(Duration(999)), std::nullopt);
  EXPECT_EQ(TimeBuckets::Dividing(seconds(61)), kSecond);
  EXPECT_EQ(TimeBuckets::Dividing(minutes(90)), kMinute);
  EXPECT_EQ(TimeBuckets::Dividing(hours(2)), kHour);
}

TEST(TimeBucketsTest, ASeriesHasOnePointAStep) {
  TimeBuckets buckets;
  for (int minute : {0, 1, 4}) buckets.Add(One(), kNow + minutes(minute));
  const auto series = buckets.Series(kMinute, kNow, kNow + minutes(6), minutes(2));
  ASSERT_EQ(series.size(), 3U);
  EXPECT_EQ(series[0].All(), 2);
  EXPECT_EQ(series[1].All(), 0);
  EXPECT_EQ(series[2].All(), 1);
}

}  // namespace
}  // namespace latchkey
