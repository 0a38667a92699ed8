// How fast charges can follow one another, and what that makes of lanes.
#include "engine/policy/certificate/pace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/policy/certificate/guess_bounds.h"
#include "tests/support/policy_builder.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

constexpr Duration kLife = 2min;

int64_t Most(const Limit& limit, Duration span) {
  return Schedule(PacesOf(limit, kLife, {span})).Within(span).value_or(-1);
}

TEST(PaceTest, AWindowAdmitsItsNumberInEachWindowAndAnotherWhereTheNextBegins) {
  const Limit limit{.above = 25, .window = 24h};
  EXPECT_EQ(Most(limit, 24h), 25);
  EXPECT_EQ(Most(limit, 24h + 1ms), 50);
  EXPECT_EQ(Most(limit, 72h), 75);
}

TEST(PaceTest, WindowsTogetherAdmitTheLeast) {
  Schedule schedule(
      {{.above = 25, .window = 24h, .wait = {}}, {.above = 90, .window = 30 * kDay, .wait = {}}});
  EXPECT_THAT(schedule.Within(30 * kDay), Optional(90));
  EXPECT_THAT(schedule.Within(3 * kDay), Optional(75));
  EXPECT_THAT(schedule.Ever(), testing::Eq(std::nullopt));
}

TEST(PaceTest, AThrottleAdmitsOneAWaitBeyondItsNumber) {
  const Limit limit{.above = 15, .window = 1h, .then = Consequence::kThrottle, .wait = {30s, 2, 1h}};
  // 15 at once, then after 30 s, 60 s, 120 s, …: 30, 90, 210, 450, 930, 1890 s.
  EXPECT_EQ(Most(limit, 1h), 21);
  EXPECT_EQ(Most(limit, 91s), 17);
}

TEST(PaceTest, AThrottleInAWindowShorterThanATokensLifeAdmitsItsNumber) {
  const Limit limit{.above = 3, .window = 1min, .then = Consequence::kThrottle, .wait = {500ms, 1, 500ms}};
  EXPECT_EQ(Most(limit, 1h), 180);
}

TEST(PaceTest, WhoStaysBelowALockoutIsNeverHeld) {
  const Limit authelia{.above = 3, .window = 2min + 1s, .then = Consequence::kLockout, .hold = 5min};
  // Two each window and one more at the very end; filling it each time would be 864 a day.
  EXPECT_NEAR(static_cast<double>(MostUnderHold(authelia, kLife, 24h)), 2 * 24 * 60 * 60 / 121.0 + 1, 2);
  const Limit devise{.above = 20, .window = 1h, .then = Consequence::kLockout, .hold = 1h};
  EXPECT_EQ(Most(devise, 24h), 480);
}

TEST(PaceTest, AHoldShorterThanATokensLifeNeverBegins) {
  const Limit quick{.above = 2, .window = 1s, .then = Consequence::kLockout, .hold = 1min};
  EXPECT_EQ(Most(quick, 1min), 120);
}

TEST(PaceTest, ACountThatEndsWhenItIsQuietAdmitsItsNumberEachRest) {
  const Limit limit{.above = 5, .quiet = 1h, .then = Consequence::kLockout};
  EXPECT_EQ(Most(limit, 24h), 120);
}

TEST(PaceTest, WhoRestsGetsMoreThanWhoWaits) {
  const Limit cognito{.above = 5, .quiet = 15min, .then = Consequence::kThrottle, .wait = {1s, 2, 899s}};
  const int64_t rested = MostWithRests({cognito}, {}, kLife, 24h);
  EXPECT_GT(rested, 850);
  EXPECT_LT(rested, 1010) << "the burst is two minutes old before a wait begins";
  Schedule greedy({{.above = 5, .window = Duration(0), .wait = cognito.wait}});
  EXPECT_THAT(greedy.Within(24h), Optional(109));
}

TEST(PaceTest, DominatedPacesAreLeftOut) {
  const Pace hourly{.above = 5, .window = 1h, .wait = {}};
  EXPECT_THAT(WithoutDominated({hourly, {.above = 120, .window = 24h, .wait = {}}, hourly}),
              ElementsAre(hourly));
  EXPECT_EQ(WithoutDominated({hourly, {.above = 119, .window = 24h, .wait = {}}}).size(), 2U);
}

TEST(PaceTest, LongSchedulesContinueByRepeatingThemselves) {
  Schedule schedule({{.above = 10, .window = 1s, .wait = {}}}, /*charges_max=*/1000);
  EXPECT_THAT(schedule.Within(24h), Optional(testing::AllOf(testing::Ge(864'000), testing::Le(880'000))));
}

// Guesses of the storefront's lanes with these rules.
GuessRow Guesses(const std::vector<Rule>& rules, Duration span) {
  PolicySpec spec = StorefrontSpec();
  spec.rules = rules;
  const auto policy = MustCompile(std::move(spec));
  return GuessesWithin(*policy, ReachesOf(*policy), kLife, span);
}

TEST(GuessBoundsTest, TheLanesAddUp) {
  EXPECT_THAT(Guesses({}, kDay).total, Optional(30 + 10 + 20 + 15 + 25));
  EXPECT_THAT(Guesses({}, 30 * kDay).total, Optional(30 + 40 + 80 + 60 + 90));
}

TEST(GuessBoundsTest, LanesThatShareACountAreBoundedTogether) {
  const Rule together = FailureRule("together", {KeyKind::kAccount}, {Lane::kChallenged, Lane::kStranger},
                                    {{.above = 10, .window = 24h}});
  EXPECT_THAT(Guesses({together}, kDay).total, Optional(30 + 10 + 20 + 10));
  const Rule all = FailureRule("all", {KeyKind::kAccount}, LaneSet::All(), {{.above = 5, .window = 24h}});
  EXPECT_THAT(Guesses({all}, kDay).total, Optional(5));
}

TEST(GuessBoundsTest, APairBoundsAnAccountAtEightTimesItsLimit) {
  const Rule pair = FailureRule("pair", {KeyKind::kAccount, KeyKind::kSource}, {Lane::kStranger},
                                {{.above = 2, .window = 24h}});
  EXPECT_THAT(Guesses({pair}, kDay).by_lane[4], Optional(16));
}

TEST(GuessBoundsTest, AddressesAndPathsBoundNothing) {
  Rule by_address = FailureRule("address", {KeyKind::kSource}, LaneSet::All(), {{.above = 1, .window = 24h}});
  Rule by_path = FailureRule("path", {KeyKind::kAccount}, LaneSet::All(), {{.above = 1, .window = 24h}});
  by_path.when.paths = {"imap"};
  EXPECT_THAT(Guesses({by_address, by_path}, kDay).total, Optional(100));
}

TEST(GuessBoundsTest, WhatALoginClearsBoundsOnlyBetweenLogins) {
  Rule five = FailureRule("five", {KeyKind::kAccount}, LaneSet::All(), {{.above = 5}});
  five.limits[0].until = Until::kSuccess;
  const GuessRow row = Guesses({five}, kDay);
  EXPECT_THAT(row.total, Optional(5));
  EXPECT_THAT(row.whatever_logins, Optional(100));
}

TEST(OwnerTriesTest, LanesFallThroughAndSharedCountsAreShared) {
  auto tries = [](const std::vector<Rule>& rules) {
    PolicySpec spec = StorefrontSpec();
    spec.rules = rules;
    const auto policy = MustCompile(std::move(spec));
    return CountOwnerTries(ReachesOf(*policy));
  };
  EXPECT_THAT(tries({}).by_lane, ElementsAre(5, 5, 4, 15, 25));
  EXPECT_EQ(tries({}).on_known_device, 5 + 4 + 25);
  const Rule seven = FailureRule("seven", {KeyKind::kAccount}, LaneSet::All(), {{.above = 7, .window = 1h}});
  EXPECT_EQ(tries({seven}).on_known_device, 7);
}

}  // namespace
}  // namespace latchkey
