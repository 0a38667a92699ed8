#include "engine/stats/top_hits.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace latchkey {
namespace {

using std::chrono::hours;

constexpr TimePoint kNow{hours(24 * 365 * 50)};

Key KeyOf(uint64_t n) { return {0, n}; }

TEST(TopHitsTest, ListsTheMostHitFirst) {
  TopHits top(10);
  for (int i = 0; i < 3; ++i) top.AddAttempt(KeyOf(1), "alice", /*refused=*/true, kNow);
  top.AddFailure(KeyOf(2), kNow);
  const auto list = top.List(kNow).entries;
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].name, "alice");
  EXPECT_EQ(list[0].hits, 3);
  EXPECT_EQ(list[0].refused, 3);
  EXPECT_EQ(list[1].failures, 1);
}

TEST(TopHitsTest, WhoOnlyLogsInOftenIsNotAttacked) {
  TopHits top(10);
  for (int i = 0; i < 100; ++i) top.AddAttempt(KeyOf(1), "busy", /*refused=*/false, kNow);
  EXPECT_TRUE(top.List(kNow).entries.empty());
}

TEST(TopHitsTest, ForgetsAfterTwoHoursAndNotBeforeOne) {
  TopHits top(10);
  top.AddFailure(KeyOf(1), kNow);
  EXPECT_EQ(top.List(kNow + hours(1)).entries.size(), 1U);
  EXPECT_EQ(top.List(kNow + hours(2)).entries.size(), 0U);
}

TEST(TopHitsTest, CountsAreNeverTooLowAndTooHighByAtMostTheirError) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    std::geometric_distribution<uint64_t> who(0.12);
    TopHits top(16);
    std::map<uint64_t, int64_t> exact;
    TimePoint now = kNow;
    for (int i = 0; i < 2000; ++i) {
      if (i == 1000) now += hours(1);
      const uint64_t n = who(random);
      ++exact[n];
      top.AddFailure(KeyOf(n), now);
    }
    for (const auto& entry : top.List(now).entries) {
      EXPECT_GE(entry.hits, exact[entry.key.low]) << "seed " << seed;
      EXPECT_LE(entry.hits - entry.error, exact[entry.key.low]) << "seed " << seed;
    }
    const auto list = top.List(now).entries;
    for (uint64_t n = 0; n < 2; ++n) {
      const bool in = std::any_of(list.begin(), list.end(), [&](const auto& e) { return e.key == KeyOf(n); });
      EXPECT_TRUE(in) << "seed " << seed << ": a heavy hitter is missing";
    }
  }
}

TEST(TopHitsTest, AFloodOfKeysKeepsMemoryAndTheHeavyHitter) {
  TopHits top(16);
  for (uint64_t i = 0; i < 10'000; ++i) {
    top.AddFailure(KeyOf(1'000'000 + i), kNow);
    if (i % 4 == 0) top.AddFailure(KeyOf(7), kNow);
  }
  const auto list = top.List(kNow).entries;
  EXPECT_EQ(list.size(), 16U);
  EXPECT_EQ(list[0].key, KeyOf(7));
}

}  // namespace
}  // namespace latchkey
