// How many, in how long: windows, waits, holds, distinct counts.
#include "tests/contract/signal_store_contract.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr uint16_t kFailures = 2;
constexpr uint16_t kDistinct = SeriesId::kDistinctBit | 2;
constexpr uint16_t kEver = SeriesId::kEverBit | 2;

ChargeRequest Guess(Limits limits, uint16_t signature = kFailures) {
  return AttemptIn({StrangerLane({CounterOf(signature, std::move(limits))})});
}

TEST_P(SignalStoreContract, AWindowSlides) {
  const ChargeRequest guess = Guess({ChallengeAbove(2, minutes(15))});
  EXPECT_TRUE(Admits(guess));
  clock_.Advance(minutes(10));
  EXPECT_TRUE(Admits(guess));
  EXPECT_FALSE(Admits(guess));
  clock_.Advance(minutes(5) - Duration(1));
  EXPECT_FALSE(Admits(guess));
  clock_.Advance(Duration(1));
  EXPECT_TRUE(Admits(guess)) << "the first one has left";
  clock_.Advance(minutes(10) - Duration(1));
  EXPECT_FALSE(Admits(guess));
  clock_.Advance(Duration(1));
  EXPECT_TRUE(Admits(guess)) << "and now the second";
}

TEST_P(SignalStoreContract, CountsAreKeptInEveryPhaseOfAWindow) {
  // weakforced, §4.1-1: depending on the second at which a key was first touched, a 30 s window of three
  // buckets lost up to nine in ten of its counts. The client chooses that second.
  constexpr int kAbove = 1'000;
  for (int phase = 0; phase < 30; phase += 3) {
    caller_ = caller_.Elsewhere();
    const ChargeRequest guess = Guess({ChallengeAbove(kAbove, seconds(30))});
    clock_.Set(TimePoint(hours(24 * 365 * 50)) + seconds(phase));
    std::vector<TimePoint> charged;
    for (int i = 0; i < 4 * 70; ++i) {
      const ChargeResult result = Charge(guess);
      charged.push_back(clock_.Now());
      const auto truth = std::count_if(charged.begin(), charged.end(),
                                       [&](TimePoint at) { return at > clock_.Now() - seconds(30); });
      const Series* series = result.records.account->FindSeries({.signature = kFailures, .sub = 0});
      ASSERT_NE(series, nullptr);
      const int64_t counted = EvaluateLimit(ChallengeAbove(kAbove, seconds(30)), series->entries, false, 1,
                                            clock_.Now(), kTokenLife)
                                  .count;
      ASSERT_GE(counted, truth) << "phase " << phase << ", attempt " << i;
      ASSERT_LE(counted, truth + 4 * 30 / 8) << "phase " << phase << ", attempt " << i;
      clock_.Advance(Duration(250));
    }
  }
}

TEST_P(SignalStoreContract, ALongSeriesNeverUndercountsAndOvercountsByAnEighthAtMost) {
  const ChargeRequest guess = Guess({ChallengeAbove(200, hours(1))});
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(Admits(guess)) << i;
    clock_.Advance(seconds(15));
  }
  EXPECT_FALSE(Admits(guess));
  clock_.Advance(minutes(10) - Duration(1));
  EXPECT_FALSE(Admits(guess)) << "exactly, the first one leaves ten minutes after the last";
  int admitted = 0;
  for (int second = 0; second < 450 + 15; ++second) {
    clock_.Advance(seconds(1));
    admitted += Admits(guess) ? 1 : 0;
  }
  EXPECT_GE(admitted, 1) << "and at most an eighth of the window later there is room";
  EXPECT_LE(admitted, 465 / 15 + 1) << "for as many as have left";
}

TEST_P(SignalStoreContract, AQuietTimeBeginsTheCountAnew) {
  const ChargeRequest guess =
      Guess({{.above = 2, .window = hours(0), .quiet = minutes(15), .then = Consequence::kLockout}}, kEver);
  EXPECT_TRUE(Admits(guess));
  clock_.Advance(minutes(15) - Duration(1));
  EXPECT_TRUE(Admits(guess)) << "not quiet for long enough, so this is the second";
  clock_.Advance(minutes(15) - Duration(1));
  EXPECT_FALSE(Admits(guess));
  clock_.Advance(Duration(1));
  EXPECT_TRUE(Admits(guess)) << "a refused attempt is no noise";
  EXPECT_TRUE(Admits(guess));
  EXPECT_FALSE(Admits(guess));
}

TEST_P(SignalStoreContract, EveryLimitOfACounterMustAdmit) {
  const ChargeRequest guess = Guess({ChallengeAbove(2, minutes(1)), ChallengeAbove(3, hours(1))});
  EXPECT_TRUE(Admits(guess));
  EXPECT_TRUE(Admits(guess));
  EXPECT_FALSE(Admits(guess));
  clock_.Advance(minutes(1));
  EXPECT_TRUE(Admits(guess));
  clock_.Advance(minutes(1));
  EXPECT_FALSE(Admits(guess)) << "three in this hour";
  clock_.Advance(minutes(58));
  EXPECT_TRUE(Admits(guess));
}

TEST_P(SignalStoreContract, AHeavyAttemptCountsForItsWeight) {
  ChargeRequest heavy = Guess({ChallengeAbove(5, hours(1))});
  heavy.lanes[0].account[0].weight = 3;
  EXPECT_TRUE(Admits(heavy));
  EXPECT_FALSE(Admits(heavy));
  EXPECT_TRUE(Admits(Guess({ChallengeAbove(5, hours(1))})));
  EXPECT_TRUE(Admits(Guess({ChallengeAbove(5, hours(1))})));
  EXPECT_FALSE(Admits(Guess({ChallengeAbove(5, hours(1))})));
}

TEST_P(SignalStoreContract, ACounterThatIsNotChargedStillRefuses) {
  const ChargeRequest guess = Guess({ChallengeAbove(1, hours(1))});
  ChargeRequest reader = guess;
  reader.lanes[0].account[0].charged = false;
  EXPECT_TRUE(Admits(reader));
  EXPECT_TRUE(Admits(guess));
  EXPECT_FALSE(Admits(reader));
}

TEST_P(SignalStoreContract, WhatStrangersCauseIsNeverMadeLongerByRefusals) {
  const ChargeRequest guess = Guess({LockoutAbove(3, minutes(10), hours(1))});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Admits(guess));
  for (int minute = 0; minute < 59; ++minute) {
    clock_.Advance(minutes(1));
    ASSERT_FALSE(Admits(guess)) << minute;
  }
  clock_.Advance(minutes(1));
  EXPECT_TRUE(Admits(guess));
}

TEST_P(SignalStoreContract, ALockoutHoldsFromTheChargeThatFilledTheWindow) {
  const ChargeRequest guess = Guess({LockoutAbove(2, minutes(10), hours(1))});
  EXPECT_TRUE(Admits(guess));
  clock_.Advance(minutes(9));
  EXPECT_TRUE(Admits(guess));
  clock_.Advance(hours(1) - Duration(1));
  EXPECT_FALSE(Admits(guess));
  clock_.Advance(Duration(1));
  EXPECT_TRUE(Admits(guess));
}

TEST_P(SignalStoreContract, AHoldIsNotStartedByAChargeThatIsGivenBack) {
  const ChargeRequest guess = Guess({LockoutAbove(2, minutes(10), hours(1))});
  EXPECT_TRUE(Admits(guess));
  clock_.Advance(minutes(9));
  const ChargeResult second = Charge(guess);
  Report(guess, second, Settlement::kSuccess);
  clock_.Advance(minutes(3));
  EXPECT_TRUE(Admits(guess));
}

TEST_P(SignalStoreContract, ALimitThatOnlyYoungChargesFillRefusesProvisionally) {
  const Limit limit = LockoutAbove(2, hours(1), hours(6));
  const ChargeRequest guess = Guess({limit});
  std::vector<ChargeResult> charged;
  for (int i = 0; i < 2; ++i) charged.push_back(Charge(guess));
  const ChargeResult refused = Charge(guess);
  ASSERT_EQ(refused.admitted, -1);
  const LimitState state = EvaluateLimit(limit, refused.records.account->series[0].entries, false, 1,
                                         refused.records.now, kTokenLife);
  EXPECT_TRUE(state.provisional);
  EXPECT_LE(*state.until - refused.records.now, kProvisionalWait);
  for (const ChargeResult& success : charged) Report(guess, success, Settlement::kSuccess);
  EXPECT_TRUE(Admits(guess)) << "and is not remembered when they succeed";
}

TEST_P(SignalStoreContract, WaitsGrowFromChargesAndNotFromRefusals) {
  const ChargeRequest guess =
      Guess({ThrottleAbove(2, hours(24), {.first = minutes(4), .factor = 2, .max = minutes(20)})});
  EXPECT_TRUE(Admits(guess));
  EXPECT_TRUE(Admits(guess));
  for (const Duration wait : {minutes(4), minutes(8), minutes(16), minutes(20), minutes(20)}) {
    for (int i = 0; i < 5; ++i) {
      clock_.Advance(wait / 5 - Duration(i == 4 ? 1 : 0));
      ASSERT_FALSE(Admits(guess)) << wait.count();
    }
    clock_.Advance(Duration(1));
    ASSERT_TRUE(Admits(guess)) << wait.count();
    ASSERT_FALSE(Admits(guess));
  }
}

TEST_P(SignalStoreContract, ConsecutiveFailuresAreNeverForgotten) {
  const ChargeRequest guess = Guess({Consecutive(3)}, kEver);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(Admits(guess));
    clock_.Advance(hours(24 * 20));
  }
  EXPECT_FALSE(Admits(guess));
}

TEST_P(SignalStoreContract, ADistinctCountCountsEachMemberOnce) {
  ChargeRequest guess = Guess({ChallengeAbove(2, minutes(10))}, kDistinct);
  for (uint64_t member : {7, 7, 7, 8}) {
    guess.lanes[0].account[0].member = member;
    EXPECT_TRUE(Admits(guess)) << member;
    clock_.Advance(minutes(1));
  }
  EXPECT_FALSE(Admits(guess)) << "two different ones are in the window";
  clock_.Advance(minutes(8) - Duration(1));
  EXPECT_FALSE(Admits(guess));
  clock_.Advance(Duration(1));
  EXPECT_TRUE(Admits(guess)) << "7 was last seen ten minutes ago";
}

TEST_P(SignalStoreContract, ADistinctCountHoldsMembersWhoseAttemptIsStillOpen) {
  ChargeRequest guess = Guess({ChallengeAbove(2, minutes(10))}, kDistinct);
  std::vector<ChargeResult> charged;
  for (uint64_t member : {7, 8}) {
    guess.lanes[0].account[0].member = member;
    charged.push_back(Charge(guess));
  }
  EXPECT_FALSE(Admits(guess)) << "both count from the moment they are charged";
  Report(guess, charged[1], Settlement::kSuccess);
  guess.lanes[0].account[0].member = 9;
  EXPECT_TRUE(Admits(guess)) << "8 succeeded";
}

TEST_P(SignalStoreContract, MembersWhoseAttemptsSucceedPushNobodyOut) {
  ChargeRequest guess = Guess({ChallengeAbove(3, minutes(10))}, kDistinct);
  for (uint64_t member : {1, 2, 3}) {
    guess.lanes[0].account[0].member = member;
    EXPECT_TRUE(Admits(guess));
  }
  // Attempts that the limit is not for feed the same count, and all of them succeed.
  ChargeRequest other = guess;
  other.lanes[0].account[0].limits.clear();
  for (size_t together = 1; together <= 20; ++together) {
    std::vector<std::pair<ChargeRequest, ChargeResult>> open;
    for (uint64_t member = 100; member < 100 + together; ++member) {
      other.lanes[0].account[0].member = member;
      open.emplace_back(other, Charge(other));
    }
    for (const auto& [request, charged] : open) Report(request, charged, Settlement::kSuccess);
    guess.lanes[0].account[0].member = 4;
    ASSERT_FALSE(Admits(guess)) << together << " at a time";
  }
}

TEST_P(SignalStoreContract, AMemberIsForgottenWhenAllItsChargesWereGivenBack) {
  ChargeRequest guess = Guess({ChallengeAbove(1, minutes(10))}, kDistinct);
  guess.lanes[0].account[0].member = 7;
  guess.lanes[0].account[0].limits[0].above = 5;
  const ChargeResult first = Charge(guess);
  const ChargeResult second = Charge(guess);
  Report(guess, first, Settlement::kSuccess);
  EXPECT_EQ(CountOf({.signature = kDistinct, .sub = 0}), 1);
  Report(guess, second, Settlement::kSuccess);
  EXPECT_EQ(CountOf({.signature = kDistinct, .sub = 0}), 0);
}

TEST_P(SignalStoreContract, AClockThatStepsBackForgetsNothing) {
  const ChargeRequest guess = Guess({ChallengeAbove(3, minutes(15))});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Admits(guess));
  clock_.Advance(-hours(3));
  EXPECT_FALSE(Admits(guess));
  clock_.Advance(hours(3) + minutes(15) - Duration(1));
  EXPECT_FALSE(Admits(guess));
  clock_.Advance(Duration(1));
  EXPECT_TRUE(Admits(guess));
}

TEST_P(SignalStoreContract, ManySourcesOfANetworkNeverShareLessThanTheirOwnLimit) {
  // A record holds a bounded number of series; what finds no place shares one, which only overcounts.
  for (uint16_t host = 0; host < 200; ++host) {
    CounterAsk by_source = CounterOf(kFailures, {ChallengeAbove(2, hours(1))});
    by_source.sub = host;
    const ChargeRequest guess = AttemptIn({StrangerLane({}, {by_source})});
    int admitted = 0;
    for (int i = 0; i < 4; ++i) admitted += Admits(guess) ? 1 : 0;
    ASSERT_LE(admitted, 2) << host;
    if (host < kSeriesMax) {
      ASSERT_EQ(admitted, 2) << host;
    }
  }
}

}  // namespace
}  // namespace latchkey
