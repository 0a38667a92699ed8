// P5: what strangers cause expires by itself in a stated time; a refused attempt never makes a refusal
// longer; durations saturate instead of overflowing.
#include <cstdint>
#include <limits>

#include "absl/strings/str_replace.h"
#include "tests/promises/crowd.h"

namespace latchkey {
namespace {

bool Provisional(const Decision& decision) {
  return !decision.verdict.reasons.empty() && decision.verdict.reasons.front().provisional;
}

class NothingPermanentTest : public PromiseTest {
 protected:
  // Guesses until a refusal outlasts the time in which young charges settle.
  static Decision CloseLane(EngineRig& rig, const AttemptFields& fields) {
    for (;;) {
      while (Allowed(rig.Try(fields, Outcome::kWrong))) rig.clock().Advance(1s);
      rig.clock().Advance(2min);
      const Decision decision = rig.Try(fields, Outcome::kWrong);
      if (!Allowed(decision) && !Provisional(decision)) return decision;
    }
  }
};

TEST_P(NothingPermanentTest, ThousandsOfRefusalsMoveNoEnd) {
  EngineRig rig(Options());
  const AttemptFields fields = AttemptOn("victim", "203.0.113.1");
  for (int act = 0; act < 8; ++act) {
    const Decision closed = CloseLane(rig, fields);
    const TimePoint end = *closed.verdict.until;
    const Duration step = std::max<Duration>((end - rig.now()) / 1000, 1ms);
    while (rig.now() + step < end) {
      rig.clock().Advance(step);
      const Decision refused = rig.Assess(fields);
      ASSERT_FALSE(Allowed(refused));
      ASSERT_EQ(refused.verdict.until, end) << Describe(refused);
    }
    rig.clock().Set(end - 1ms);
    EXPECT_FALSE(Allowed(rig.Assess(fields)));
    rig.clock().Set(end);
    EXPECT_TRUE(Allowed(rig.Try(fields, Outcome::kWrong))) << "open at the moment that was said";
  }
}

// The same history twice, once with a flood of attempts that are refused: nothing else may be answered
// otherwise, not even by a millisecond.
TEST_P(NothingPermanentTest, ARefusedAttemptLeavesNoTrace) {
  for (const std::string& policy : {DefaultPolicyText(), std::string(kManyKindsOfRules)}) {
    int refused = 0;
    for (uint64_t seed = 1; seed <= Seeds(20) && !HasFailure(); ++seed) {
      SCOPED_TRACE(absl::StrCat("seed ", seed));
      EngineRig quiet(Options(seed, policy));
      EngineRig flooded(Options(seed, policy));
      Crowd crowd(quiet, seed);
      Crowd same_crowd(flooded, seed);
      for (int i = 0; i < 200 && !HasFailure(); ++i) {
        const AttemptFields fields = crowd.Next();
        const AttemptFields same = same_crowd.Next();
        for (int probe = 0; probe < 20; ++probe) {
          AttemptFields other = AttemptOn(absl::StrCat("user", probe % 3), same.source);
          other.popular_password = probe % 2 == 0;
          if (Allowed(flooded.Explain(other).decision)) continue;
          EXPECT_FALSE(Allowed(flooded.Assess(other)));
          ++refused;
        }
        const Decision in_quiet = quiet.Assess(fields);
        const Decision in_flood = flooded.Assess(same);
        EXPECT_TRUE(SameAnswer(in_quiet, in_flood))
            << "quiet:   " << Describe(in_quiet) << "\nflooded: " << Describe(in_flood);
        crowd.Hear(fields, in_quiet);
        same_crowd.Hear(same, in_flood);
      }
    }
    EXPECT_GT(refused, 0);
  }
}

// Whatever a crowd has brought about: the end that is said to a stranger is true, and it never moves away.
TEST_P(NothingPermanentTest, EveryRefusalEndsWhenItSaid) {
  for (const std::string& policy : {DefaultPolicyText(), std::string(kManyKindsOfRules)}) {
    int ends = 0;
    for (uint64_t seed = 1; seed <= Seeds(50) && !HasFailure(); ++seed) {
      SCOPED_TRACE(absl::StrCat("seed ", seed));
      EngineRig rig(Options(seed, policy));
      Crowd crowd(rig, seed);
      Dice dice(seed);
      for (int i = 0; i < 150; ++i) {
        const AttemptFields fields = crowd.Next();
        crowd.Hear(fields, rig.Assess(fields));
      }
      for (int user = 0; user < 3; ++user) {
        const AttemptFields fields = AttemptOn(absl::StrCat("user", user), "203.0.1.1");
        for (int guess = 0; guess < 8; ++guess) rig.Try(fields, Outcome::kWrong);
        crowd.Wait(3min);  // what is in flight is reported or stands
        const Decision refused = rig.Assess(fields);
        if (Allowed(refused)) continue;
        ASSERT_FALSE(Provisional(refused)) << Describe(refused);
        ++ends;
        const TimePoint end = *refused.verdict.until;
        for (int look = 0; look < 30; ++look) {
          ASSERT_GT(end, rig.now()) << Describe(refused);
          ASSERT_LE(end, rig.now() + 30 * kDay) << Describe(refused);
          rig.clock().Set(rig.now() + Duration((end - rig.now()).count() * dice.Below(1000) / 1000));
          const Decision later = rig.Assess(fields);
          ASSERT_FALSE(Allowed(later)) << Describe(refused);
          EXPECT_EQ(*later.verdict.until, end) << Describe(refused) << "\nlater: " << Describe(later);
        }
        rig.clock().Set(end);
        const Decision at_last = rig.Try(fields, Outcome::kWrong);
        EXPECT_TRUE(Allowed(at_last)) << Describe(refused) << "\nat last: " << Describe(at_last);
      }
    }
    EXPECT_GT(ends, 0);
  }
}

TEST_P(NothingPermanentTest, AMonthOfFloodIsOverWhenItsWindowsAre) {
  EngineRig rig(Options());
  const AttemptFields fields = AttemptOn("victim", "203.0.113.1");
  const TimePoint last_day = rig.now() + 29 * kDay;
  while (rig.now() < last_day) {
    const Decision decision = rig.Try(fields, Outcome::kWrong);
    rig.clock().Advance(Allowed(decision) ? Duration(1s)
                                          : std::max<Duration>(decision.verdict.retry_after, 5min));
  }
  rig.clock().Advance(2min);
  const Decision refused = rig.Assess(fields);
  const TimePoint stated = Allowed(refused) ? rig.now() : *refused.verdict.until;
  EXPECT_LE(stated, rig.now() + 30 * kDay);
  rig.clock().Set(stated);
  EXPECT_TRUE(Allowed(rig.Assess(fields)));
  rig.clock().Set(stated + 30 * kDay);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Allowed(rig.Assess(fields))) << "as if nothing had ever been";
}

TEST_P(NothingPermanentTest, WaitsSaturateAtTheirMaximumHoweverLongOneTries) {
  const std::string slow = absl::StrReplaceAll(
      kManyKindsOfRules,
      {{"wait: { first: 30s, factor: 2, max: 1h }", "wait: { first: 30d, factor: 1000, max: 30d }"},
       {"lockout, for: 3h", "lockout, for: 30d"},
       {"in: 24h, then: lockout", "in: 400d, then: lockout"}});
  for (const TimePoint start : {TimePoint(0ms), TimePoint(365 * kDay * 250)}) {
    EngineRig rig(Options(1, slow));
    rig.clock().Set(start);
    const AttemptFields fields = AttemptOn("victim", "203.0.113.1");
    for (int i = 0; i < 300; ++i) {
      const Decision decision = rig.Try(fields, Outcome::kWrong);
      if (Allowed(decision)) continue;
      ASSERT_GT(*decision.verdict.until, rig.now());
      ASSERT_LE(*decision.verdict.until, rig.now() + 430 * kDay);
      ASSERT_EQ(decision.verdict.retry_after, *decision.verdict.until - rig.now());
      rig.clock().Advance(std::min<Duration>(decision.verdict.retry_after, 20 * kDay));
    }
  }
}

TEST(WaitTest, SaturatesAndNeverShrinksForAnyFactorAndCount) {
  Dice dice(1);
  for (int i = 0; i < 20'000; ++i) {
    Wait wait{.first = Duration(1 + dice.Below(1'000'000'000)), .factor = 1 + dice.Below(1'000'000) / 1000.0};
    wait.max = wait.first + Duration(int64_t{dice.Below(1'000'000'000)} * 1000);
    if (dice.Chance(0.1)) wait.max = Duration::max();
    if (dice.Chance(0.1)) wait.factor = std::numeric_limits<double>::infinity();
    Duration before{0};
    for (int64_t j = 1; j > 0; j = j > INT64_MAX / 7 ? -1 : j * 7) {
      const Duration now = WaitOf(wait, j);
      ASSERT_GE(now, before);
      ASSERT_GE(now, wait.first);
      ASSERT_LE(now, wait.max);
      before = now;
    }
    ASSERT_LE(WaitOf(wait, INT64_MAX), wait.max);
  }
}

TEST(AbsurdPolicyTest, DurationsThatNoClockCanHoldAreRefusedByTheLoader) {
  for (const char* absurd : {"999999999999d", "9223372036854775807ms", "1e300h", "-5m", "401d", "0s"}) {
    const std::string policy = absl::StrReplaceAll(
        kManyKindsOfRules, {{"above: 5, in: 15m", absl::StrCat("above: 5, in: ", absurd)}});
    EXPECT_THROW((void)PolicyOf(policy), std::runtime_error) << absurd;
  }
}

LATCHKEY_ON_EVERY_STORE(NothingPermanentTest);

}  // namespace
}  // namespace latchkey
