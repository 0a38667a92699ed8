#include "engine/signal/series.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "engine/signal/limit.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr SeriesId kWindowed{.signature = 1, .sub = 0};
constexpr SeriesId kDistinct{.signature = SeriesId::kDistinctBit | 1, .sub = 0};
constexpr SeriesId kEver{.signature = SeriesId::kEverBit | 1, .sub = 0};

TimePoint At(Duration after) { return TimePoint(hours(24 * 365 * 50)) + after; }

int64_t CountAfter(const Series& series, TimePoint time) {
  int64_t count = 0;
  for (const Entry& entry : series.entries) {
    if (entry.at > time) count += series.id.distinct() ? 1 : entry.count;
  }
  return count;
}

TEST(SeriesTest, KeepsTheTimeOfEveryChargeWhileThereAreFew) {
  const std::vector<Duration> windows = {minutes(15)};
  Series series{.id = kWindowed, .entries = {}};
  for (size_t i = 0; i < kExactEntries; ++i) {
    Charge(series, At(seconds(i)), 1, 0, {.windows = windows, .horizon = minutes(15)});
  }
  ASSERT_EQ(series.entries.size(), kExactEntries);
  for (size_t i = 0; i < kExactEntries; ++i) EXPECT_EQ(series.entries[i].at, At(seconds(i)));
}

TEST(SeriesTest, AChargeFromAClockThatSteppedBackTakesItsPlaceInOrder) {
  Series series{.id = kWindowed, .entries = {}};
  for (int second : {5, 9, 2}) Charge(series, At(seconds(second)), 1, 0, {});
  EXPECT_EQ(series.entries.front().at, At(seconds(2)));
  EXPECT_EQ(series.entries.back().at, At(seconds(9)));
}

TEST(SeriesTest, AChargeOfNothingIsNotKept) {
  Series series{.id = kWindowed, .entries = {}};
  Charge(series, At(seconds(0)), 0, 0, {});
  EXPECT_TRUE(series.entries.empty());
}

TEST(SeriesTest, GivesBackExactlyTheChargeThatWasMade) {
  Series series{.id = kWindowed, .entries = {}};
  for (int second : {1, 2, 3}) Charge(series, At(seconds(second)), 1, 0, {});
  GiveBack(series, At(seconds(2)), 1, 0);
  ASSERT_EQ(series.entries.size(), 2U);
  EXPECT_EQ(series.entries[0].at, At(seconds(1)));
  EXPECT_EQ(series.entries[1].at, At(seconds(3)));
}

TEST(SeriesTest, NeverTakesALaterChargeForOneThatIsGone) {
  Series series{.id = kEver, .entries = {}};
  Charge(series, At(seconds(9)), 1, 0, {});
  GiveBack(series, At(seconds(2)), 1, 0);
  EXPECT_EQ(series.entries.size(), 1U) << "what was charged at second 2 had been cleared before";
}

TEST(SeriesTest, GivesBackFromTheEntryThatTheChargeWasMergedInto) {
  const std::vector<Duration> windows = {hours(24)};
  const Retention retention{.windows = windows, .horizon = hours(24)};
  Series series{.id = kWindowed, .entries = {}};
  for (int i = 0; i < 100; ++i) Charge(series, At(seconds(i)), 1, 0, retention);
  for (int i = 0; i < 100; ++i) GiveBack(series, At(seconds(i)), 1, 0);
  EXPECT_TRUE(series.entries.empty());
}

TEST(SeriesTest, ManyOldChargesDoNotLookYoungBecauseOfANewOne) {
  const std::vector<Duration> windows = {hours(24)};
  const Retention retention{.windows = windows, .horizon = hours(24)};
  Series series{.id = kWindowed, .entries = {}};
  for (int i = 0; i < 100; ++i) Charge(series, At(seconds(i)), 1, 0, retention);
  Charge(series, At(minutes(10)), 1, 0, retention);
  EXPECT_EQ(CountAfter(series, At(minutes(8))), 1);
}

TEST(SeriesTest, ForgetsAChargeAtTheMillisecondItLeavesTheHorizon) {
  const Retention retention{.windows = {}, .horizon = minutes(10)};
  Series series{.id = kWindowed, .entries = {{.at = At(seconds(0))}}};
  Forget(series, retention, At(minutes(10) - Duration(1)));
  EXPECT_EQ(series.entries.size(), 1U);
  Forget(series, retention, At(minutes(10)));
  EXPECT_TRUE(series.entries.empty());
}

TEST(SeriesTest, WhatCountsEverIsNotForgotten) {
  Series series{.id = kEver, .entries = {{.at = At(seconds(0))}}};
  Forget(series, {}, At(hours(24 * 3650)));
  EXPECT_EQ(series.entries.size(), 1U);
}

TEST(SeriesTest, WhatCountsUntilItIsQuietIsForgottenAtOnceAndAltogether) {
  const Retention retention{.windows = {}, .horizon = minutes(15)};
  Series series{.id = kEver, .entries = {{.at = At(minutes(0))}, {.at = At(minutes(14))}}};
  Forget(series, retention, At(minutes(29)) - Duration(1));
  EXPECT_EQ(series.entries.size(), 2U);
  Forget(series, retention, At(minutes(29)));
  EXPECT_TRUE(series.entries.empty());
}

TEST(SeriesTest, WhatCountsEverStaysSmallAndKeepsItsLatestTimes) {
  Series series{.id = kEver, .entries = {}};
  for (int i = 0; i < 1000; ++i) Charge(series, At(minutes(i)), 1, 0, {});
  EXPECT_EQ(series.entries.size(), kExactEntries);
  EXPECT_EQ(CountAfter(series, At(minutes(-1))), 1000);
  EXPECT_EQ(series.entries[1].at, At(minutes(1000 - 31))) << "only the oldest entry is a merged one";
}

TEST(SeriesTest, AMemberCountsOnceFromItsLatestCharge) {
  Series series{.id = kDistinct, .entries = {}};
  for (int second : {1, 2, 3}) Charge(series, At(seconds(second)), 1, 7, {});
  Charge(series, At(seconds(2)), 1, 8, {});
  ASSERT_EQ(series.entries.size(), 2U);
  EXPECT_EQ(series.entries[1].member, 7U);
  EXPECT_EQ(series.entries[1].at, At(seconds(3)));
}

TEST(SeriesTest, AMemberIsGoneWhenAllItsChargesAreGivenBack) {
  Series series{.id = kDistinct, .entries = {}};
  Charge(series, At(seconds(1)), 1, 7, {});
  Charge(series, At(seconds(2)), 1, 7, {});
  GiveBack(series, At(seconds(1)), 1, 7);
  EXPECT_EQ(series.entries.size(), 1U);
  GiveBack(series, At(seconds(2)), 1, 7);
  EXPECT_TRUE(series.entries.empty());
}

TEST(SeriesTest, TooManyMembersPushOutTheOldestOne) {
  Series series{.id = kDistinct, .entries = {}};
  for (int i = 0; i < 10; ++i)
    Charge(series, At(seconds(i)), 1, static_cast<uint64_t>(i), {.members_max = 4});
  ASSERT_EQ(series.entries.size(), 4U);
  EXPECT_EQ(series.entries[0].member, 6U);
}

TEST(SeriesTest, AMemberThatMayHavePushedAnotherOutIsNotTakenBack) {
  Series series{.id = kDistinct, .entries = {}};
  for (int i = 0; i < 4; ++i) Charge(series, At(seconds(i)), 1, static_cast<uint64_t>(i), {.members_max = 4});
  GiveBack(series, At(seconds(3)), 1, 3, /*members_max=*/4);
  EXPECT_EQ(series.entries.size(), 4U) << "as many as are kept: a fifth could have been here";
  Charge(series, At(seconds(9)), 1, 9, {.members_max = 8});
  GiveBack(series, At(seconds(9)), 1, 9, /*members_max=*/8);
  EXPECT_EQ(series.entries.size(), 4U);
}

TEST(SeriesTest, ASetWithoutBoundOfItsOwnIsStillBounded) {
  Series series{.id = kDistinct, .entries = {}};
  for (int i = 0; i < 1000; ++i)
    Charge(series, At(seconds(i)), 1, static_cast<uint64_t>(i), {.members_max = 0});
  EXPECT_EQ(series.entries.size(), 1U);
}

// Windows that differ by little are where merging twice could add up.
class SeriesPropertyTest : public testing::TestWithParam<std::vector<Duration>> {};

INSTANTIATE_TEST_SUITE_P(Windows, SeriesPropertyTest,
                         testing::Values(std::vector<Duration>{minutes(15)},
                                         std::vector<Duration>{minutes(15), hours(1), hours(24), hours(720)},
                                         std::vector<Duration>{hours(21), hours(22), hours(23), hours(24)},
                                         std::vector<Duration>{Duration(5), seconds(1), minutes(1)}));

TEST_P(SeriesPropertyTest, NeverUndercountsAndOvercountsByLessThanAnEighthOfTheWindow) {
  const std::vector<Duration>& windows = GetParam();
  const Duration horizon = windows.back();
  const Retention retention{.windows = windows, .horizon = horizon};
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    std::exponential_distribution<double> pace(1.0);
    // Bursts, drizzle and silence, at paces that suit the windows.
    Series series{.id = kWindowed, .entries = {}};
    std::vector<TimePoint> exact;
    TimePoint now = At(seconds(0));
    double mean_ms = 1;
    for (int i = 0; i < 1000; ++i) {
      if (i % 50 == 0) {
        const Duration window = windows[random() % windows.size()];
        mean_ms = static_cast<double>(window.count()) / static_cast<double>(1 + random() % 200);
      }
      now += Duration(static_cast<int64_t>(pace(random) * mean_ms));
      Forget(series, retention, now);
      Charge(series, now, 1, 0, retention);
      exact.push_back(now);
      const TimePoint asked = now + Duration(static_cast<int64_t>(pace(random) * mean_ms));
      for (Duration window : windows) {
        auto true_count = [&](TimePoint after) {
          return exact.end() - std::upper_bound(exact.begin(), exact.end(), after);
        };
        const int64_t kept = CountAfter(series, asked - window);
        ASSERT_GE(kept, true_count(asked - window));
        ASSERT_LE(kept, true_count(asked - window - window / 8));
      }
    }
    EXPECT_LE(series.entries.size(), kEntriesMax);
  }
}

TEST(SeriesTest, NeverHasMoreEntriesThanItsBoundWhateverTheWindows) {
  std::vector<Duration> windows;
  for (int i = 1; i <= 20; ++i) windows.push_back(minutes(i * i));
  const Retention retention{.windows = windows, .horizon = minutes(400)};
  Series series{.id = kWindowed, .entries = {}};
  for (int i = 0; i < 20'000; ++i) {
    Charge(series, At(seconds(i)), 1, 0, retention);
    ASSERT_LE(series.entries.size(), kEntriesMax);
  }
  EXPECT_EQ(CountAfter(series, At(seconds(-1))), 20'000) << "and it has lost no charge";
}

TEST(SeriesTest, AHoldSeesTheChargesOfItsWindowAsFinelyAsTheWindowDid) {
  // 25 in 24 h close the lane for an hour; the same series is read over 30 days as well.
  const Limit lockout{.above = 25, .window = hours(24), .then = Consequence::kLockout, .hold = hours(1)};
  const std::vector<Duration> windows = {hours(24), hours(720)};
  const Retention retention{.windows = windows, .horizon = hours(721)};
  Series series{.id = kWindowed, .entries = {}};
  // 20 a day never fill the window.
  for (int i = 0; i < 600; ++i) {
    const TimePoint now = At(minutes(72 * i));
    ASSERT_FALSE(EvaluateLimit(lockout, series.entries, false, 1, now, minutes(2)).refuses) << i;
    Forget(series, retention, now);
    Charge(series, now, 1, 0, retention);
  }
}

}  // namespace
}  // namespace latchkey
