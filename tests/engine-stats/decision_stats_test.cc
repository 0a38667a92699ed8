#include "engine/stats/decision_stats.h"

#include <gtest/gtest.h>

#include <thread>

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr TimePoint kNow{hours(24 * 365 * 50)};

DecisionEvent Refusal(TimePoint at, uint64_t account = 1) {
  return {1, at, Action::kThrottle, Lane::kStranger, "stranger-guesses", Key{0, account}, Key{1, 9}, false};
}

TEST(DecisionStatsTest, NamesAreKeptOnlyWhereTheyAreShown) {
  DecisionStats shown({.keep_names = true});
  DecisionStats hidden({});
  for (DecisionStats* stats : {&shown, &hidden}) {
    stats->AddDecision(Refusal(kNow), {"default", "alice", "192.0.2.7"}, kNow);
  }
  EXPECT_EQ(shown.TopAccounts(kNow).at(0).name, "default/alice");
  EXPECT_EQ(shown.TopSources(kNow).at(0).name, "192.0.2.7");
  EXPECT_EQ(hidden.TopAccounts(kNow).at(0).name, "");
  EXPECT_EQ(hidden.TopSources(kNow).at(0).name, "");
}

TEST(DecisionStatsTest, ASeriesHasOnePointAStep) {
  DecisionStats stats({});
  for (int minute : {0, 1, 4}) stats.AddDecision(Refusal(kNow), {}, kNow + minutes(minute));
  const auto series = stats.Series(kNow, kNow + minutes(6), minutes(2));
  ASSERT_EQ(series.size(), 3U);
  EXPECT_EQ(series[0].All(), 2);
  EXPECT_EQ(series[1].All(), 0);
  EXPECT_EQ(series[2].All(), 1);
}

TEST(DecisionStatsTest, AWatcherReadsOnWhereItWasAndIsToldWhatItMissed) {
  DecisionStats stats({.latest_max = 4});
  int woken = 0;
  const auto watching = stats.Watch([&] { ++woken; });
  const uint64_t start = stats.LastPosition();
  for (uint64_t i = 1; i <= 6; ++i) stats.AddDecision(Refusal(kNow, i), {}, kNow);
  EXPECT_EQ(woken, 6);
  const auto page = stats.ReadAfter(start, 2);
  EXPECT_EQ(page.missed, 2U);
  ASSERT_EQ(page.items.size(), 2U);
  EXPECT_EQ(page.items[0].account, (Key{0, 3}));
  const auto rest = stats.ReadAfter(page.position, 100);
  EXPECT_EQ(rest.missed, 0U);
  EXPECT_EQ(rest.items.size(), 2U);
  EXPECT_TRUE(stats.ReadAfter(rest.position, 100).items.empty());
}

TEST(DecisionStatsTest, ManyThreadsAddAndRead) {
  DecisionStats stats({});
  std::atomic<int> woken = 0;
  const auto watching = stats.Watch([&] { ++woken; });
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        stats.AddDecision(Refusal(kNow, t), {"default", "x", "y"}, kNow);
        stats.AddOutcome(Outcome::kWrong, Key{0, t}, Key{1, 9}, kNow);
        static_cast<void>(stats.TopAccounts(kNow));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(stats.Sum(kNow, kNow + minutes(1)).All(), 2000);
  EXPECT_EQ(stats.TopSources(kNow).at(0).hits, 4000);
  EXPECT_EQ(woken, 2000);
}

}  // namespace
}  // namespace latchkey
