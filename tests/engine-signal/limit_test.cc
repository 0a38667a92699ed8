#include "engine/signal/limit.h"

#include <gtest/gtest.h>

#include <vector>

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kLife = minutes(2);

TimePoint At(Duration after) { return TimePoint(hours(24 * 365 * 50)) + after; }

std::vector<Entry> ChargesAt(std::initializer_list<Duration> times) {
  std::vector<Entry> entries;
  for (Duration time : times) entries.push_back({.at = At(time)});
  return entries;
}

LimitState Evaluate(const Limit& limit, const std::vector<Entry>& entries, Duration now, int64_t weight = 1) {
  return EvaluateLimit(limit, entries, /*distinct=*/false, weight, At(now), kLife);
}

constexpr Limit kChallenge{.above = 2, .window = minutes(15), .then = Consequence::kChallenge};

TEST(LimitTest, AdmitsAsManyAsItSays) {
  EXPECT_FALSE(Evaluate(kChallenge, ChargesAt({seconds(1)}), minutes(5)).refuses);
  EXPECT_TRUE(Evaluate(kChallenge, ChargesAt({seconds(1), seconds(2)}), minutes(5)).refuses);
}

TEST(LimitTest, HasRoomAgainAtTheMillisecondTheOldestChargeLeavesTheWindow) {
  const auto entries = ChargesAt({seconds(1), seconds(2)});
  const LimitState full = Evaluate(kChallenge, entries, minutes(5));
  ASSERT_TRUE(full.until.has_value());
  EXPECT_EQ(*full.until, At(minutes(15) + seconds(1)));
  EXPECT_TRUE(Evaluate(kChallenge, entries, minutes(15) + seconds(1) - Duration(1)).refuses);
  EXPECT_FALSE(Evaluate(kChallenge, entries, minutes(15) + seconds(1)).refuses);
}

TEST(LimitTest, ChargesThatMayStillBeGivenBackRefuseForASecondAtMost) {
  const LimitState state = Evaluate(kChallenge, ChargesAt({seconds(1), seconds(2)}), seconds(3));
  EXPECT_TRUE(state.refuses);
  EXPECT_TRUE(state.provisional);
  EXPECT_EQ(*state.until, At(seconds(3)) + kProvisionalWait);
}

TEST(LimitTest, RefusesFirmlyOnceTheChargesThatFillItAreOlderThanTheTokensLife) {
  const auto entries = ChargesAt({seconds(1), seconds(2)});
  EXPECT_TRUE(Evaluate(kChallenge, entries, seconds(2) + kLife - Duration(1)).provisional);
  EXPECT_FALSE(Evaluate(kChallenge, entries, seconds(2) + kLife).provisional);
}

TEST(LimitTest, AChargeOfTheFutureCountsSoAClockThatStepsBackForgetsNothing) {
  const auto entries = ChargesAt({hours(1), hours(1)});
  EXPECT_EQ(Evaluate(kChallenge, entries, seconds(0)).count, 2);
  EXPECT_TRUE(Evaluate(kChallenge, entries, seconds(0)).refuses);
}

TEST(LimitTest, AHeavyAttemptNeedsRoomForAllItsWeight) {
  const auto one = ChargesAt({seconds(1)});
  EXPECT_FALSE(Evaluate(kChallenge, one, minutes(5), /*weight=*/1).refuses);
  EXPECT_TRUE(Evaluate(kChallenge, one, minutes(5), /*weight=*/2).refuses);
}

TEST(LimitTest, OfADistinctSeriesMembersAreCountedAndNotTheirCharges) {
  const std::vector<Entry> entries = {{.at = At(seconds(1)), .count = 40, .member = 9}};
  EXPECT_EQ(EvaluateLimit(kChallenge, entries, /*distinct=*/true, 1, At(minutes(5)), kLife).count, 1);
}

constexpr Limit kLockout{.above = 2, .window = minutes(10), .then = Consequence::kLockout, .hold = hours(1)};

TEST(LimitTest, ALockoutHoldsFromTheChargeThatFilledItsWindow) {
  const auto entries = ChargesAt({minutes(0), minutes(1)});
  EXPECT_EQ(Evaluate(kLockout, entries, minutes(30)).until, At(minutes(61)));
  EXPECT_TRUE(Evaluate(kLockout, entries, minutes(61) - Duration(1)).refuses);
  EXPECT_FALSE(Evaluate(kLockout, entries, minutes(61)).refuses);
}

TEST(LimitTest, ALockoutDoesNotHoldWhenItsChargesWereNeverInOneWindow) {
  EXPECT_FALSE(Evaluate(kLockout, ChargesAt({minutes(0), minutes(10)}), minutes(15)).refuses);
  EXPECT_TRUE(Evaluate(kLockout, ChargesAt({minutes(0), minutes(10) - Duration(1)}), minutes(15)).refuses);
}

TEST(LimitTest, AChargeThatMayStillBeGivenBackStartsNoHold) {
  const LimitState state = Evaluate(kLockout, ChargesAt({minutes(0), minutes(9)}), minutes(10));
  EXPECT_FALSE(state.refuses) << "the window has room again and the second charge is a minute old";
}

TEST(LimitTest, ConsecutiveChargesRefuseUntilSomebodyClearsThem) {
  const Limit limit{.above = 2, .window = Duration::zero(), .then = Consequence::kLockout};
  const LimitState state = Evaluate(limit, ChargesAt({seconds(0), seconds(1)}), hours(24 * 3650));
  EXPECT_TRUE(state.refuses);
  EXPECT_FALSE(state.until.has_value());
}

constexpr Limit kQuiet{
    .above = 2, .window = Duration::zero(), .quiet = minutes(15), .then = Consequence::kLockout};

TEST(LimitTest, AQuietTimeBeginsTheCountAnew) {
  const auto entries = ChargesAt({minutes(0), minutes(14)});
  const LimitState full = Evaluate(kQuiet, entries, minutes(29) - Duration(1));
  EXPECT_TRUE(full.refuses);
  EXPECT_EQ(full.until, At(minutes(29)));
  EXPECT_FALSE(Evaluate(kQuiet, entries, minutes(29)).refuses);
  EXPECT_EQ(Evaluate(kQuiet, entries, minutes(29)).count, 0);
}

TEST(LimitTest, WhatCameBeforeAQuietTimeIsNotCountedWithWhatCameAfter) {
  EXPECT_EQ(Evaluate(kQuiet, ChargesAt({minutes(0), minutes(15)}), minutes(16)).count, 1);
  EXPECT_EQ(Evaluate(kQuiet, ChargesAt({minutes(0), minutes(15) - Duration(1)}), minutes(16)).count, 2);
}

TEST(LimitTest, AThrottleEndsWithTheQuietTimeIfThatIsSooner) {
  Limit limit = kQuiet;
  limit.then = Consequence::kThrottle;
  limit.wait = {.first = hours(1), .factor = 1, .max = hours(1)};
  EXPECT_EQ(Evaluate(limit, ChargesAt({minutes(0), minutes(1)}), minutes(10)).until, At(minutes(16)));
}

constexpr Limit kThrottle{.above = 2,
                          .window = hours(1),
                          .then = Consequence::kThrottle,
                          .wait = {.first = minutes(3), .factor = 2, .max = minutes(10)}};

TEST(LimitTest, AThrottleAdmitsOneAttemptAfterEachWait) {
  const auto entries = ChargesAt({minutes(0), minutes(0)});
  EXPECT_TRUE(Evaluate(kThrottle, entries, minutes(3) - Duration(1)).refuses);
  EXPECT_FALSE(Evaluate(kThrottle, entries, minutes(3)).refuses);
}

TEST(LimitTest, TheWaitGrowsWithChargesUpToItsMaximum) {
  EXPECT_EQ(*Evaluate(kThrottle, ChargesAt({minutes(0), minutes(0), minutes(3)}), minutes(6)).until,
            At(minutes(9)));
  EXPECT_EQ(
      *Evaluate(kThrottle, ChargesAt({minutes(0), minutes(0), minutes(3), minutes(9)}), minutes(12)).until,
      At(minutes(19)))
      << "the third wait would be 12 minutes, the policy says 10";
}

TEST(LimitTest, WaitsSaturateInsteadOfOverflowing) {
  EXPECT_EQ(WaitOf({.first = seconds(30), .factor = 2, .max = hours(1)}, 1), seconds(30));
  EXPECT_EQ(WaitOf({.first = seconds(30), .factor = 2, .max = hours(1)}, 3), seconds(120));
  EXPECT_EQ(WaitOf({.first = seconds(30), .factor = 2, .max = hours(1)}, 1'000'000'000), hours(1));
  EXPECT_EQ(WaitOf({.first = Duration(0), .factor = 2, .max = hours(1)}, 1'000'000'000), Duration(0));
}

}  // namespace
}  // namespace latchkey
