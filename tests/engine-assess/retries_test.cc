#include "engine/assess/retries.h"

#include <gtest/gtest.h>

namespace latchkey {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{std::chrono::hours(24 * 365 * 50)};
constexpr Key kRequest{.high = 1, .low = 1};

Decision Numbered(uint64_t id) {
  Decision decision;
  decision.id = id;
  return decision;
}

TEST(RetriesTest, TheSameRequestIsAnsweredAlikeTwiceMoreAndNoOftener) {
  Retries retries;
  EXPECT_FALSE(retries.Find(kRequest, kStart));
  retries.Remember(kRequest, Numbered(7), kStart);
  EXPECT_EQ(retries.Find(kRequest, kStart)->id, 7U);
  EXPECT_EQ(retries.Find(kRequest, kStart)->id, 7U);
  EXPECT_FALSE(retries.Find(kRequest, kStart));
}

TEST(RetriesTest, AnAnswerIsRepeatedForTenSeconds) {
  Retries retries;
  retries.Remember(kRequest, Numbered(7), kStart);
  EXPECT_TRUE(retries.Find(kRequest, kStart + 10s - 1ms));
  EXPECT_FALSE(retries.Find(kRequest, kStart + 10s));
}

TEST(RetriesTest, AfterItsReportNoRetryIsAnswered) {
  Retries retries;
  retries.Remember(kRequest, Numbered(7), kStart);
  retries.Forget(7);
  EXPECT_FALSE(retries.Find(kRequest, kStart));
}

TEST(RetriesTest, AClockThatIsSetBackMakesNoAnswerLiveLonger) {
  constexpr Key kOther{.high = 1, .low = 2};
  Retries retries;
  retries.Remember(kOther, Numbered(6), kStart + 1h);
  retries.Remember(kRequest, Numbered(7), kStart);
  EXPECT_TRUE(retries.Find(kRequest, kStart + 10s - 1ms));
  EXPECT_FALSE(retries.Find(kRequest, kStart + 10s));
  EXPECT_FALSE(retries.Find(kOther, kStart + 10s));
  retries.Remember(kRequest, Numbered(8), kStart + 10s);
  retries.Remember(kOther, Numbered(9), kStart + 10s);
  EXPECT_EQ(retries.Find(kRequest, kStart + 20s - 1ms)->id, 8U);
  EXPECT_EQ(retries.Find(kOther, kStart + 20s - 1ms)->id, 9U);
  EXPECT_FALSE(retries.Find(kRequest, kStart + 20s));
  EXPECT_FALSE(retries.Find(kOther, kStart + 20s));
}

TEST(RetriesTest, AFloodOfRequestsDropsTheOldestAndKeepsItsBound) {
  Retries retries;
  for (uint64_t i = 0; i < Retries::kEntriesMax + 100; ++i)
    retries.Remember({.high = 2, .low = i}, Numbered(i), kStart);
  EXPECT_FALSE(retries.Find({.high = 2, .low = 0}, kStart));
  EXPECT_TRUE(retries.Find({.high = 2, .low = Retries::kEntriesMax + 99}, kStart));
}

}  // namespace
}  // namespace latchkey
