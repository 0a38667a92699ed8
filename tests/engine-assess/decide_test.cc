#include "engine/assess/decide.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/policy_builder.h"

namespace latchkey {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr TimePoint kStart{std::chrono::hours(24 * 365 * 50)};
constexpr Duration kTokenLife = 2min;

// One account on one shard, played by the pure functions alone.
class OneAccount {
 public:
  explicit OneAccount(PolicySpec spec) : policy_(MustCompile(std::move(spec))) {
    facts_.account = {.high = 1, .low = 2};
    facts_.source = 77;
    facts_.can_challenge = true;
  }

  Verdict Try(TimePoint now) {
    const Plan plan = PlanCharges(*policy_, facts_, proofs_);
    ChargeRequest request{.reservation_id = ++reservation_, .token_life = kTokenLife};
    for (const PlannedLane& lane : plan.lanes) {
      request.lanes.push_back(AskOf(*policy_, lane, facts_, proofs_, kTokenLife));
    }
    records_.now = now;
    const ChargeResult result = ApplyCharge(request, records_);
    records_ = result.records;
    return Decide(*policy_, facts_, plan, request, result);
  }

  Facts facts_;
  Proofs proofs_;

 private:
  std::shared_ptr<const Policy> policy_;
  ShardRecords records_;
  uint64_t reservation_ = 0;
};

PolicySpec WithStrangerRule(Limit limit) {
  PolicySpec spec = StorefrontSpec();
  spec.rules.push_back(FailureRule("guesses", {KeyKind::kAccount}, {Lane::kStranger}, {limit}));
  return spec;
}

const Limit kChallengeAboveTwo{.above = 2, .window = 1h, .then = Consequence::kChallenge};

TEST(DecideTest, ChargesThatMayStillBeGivenBackRefuseForASecondAtMost) {
  OneAccount account(WithStrangerRule(kChallengeAboveTwo));
  EXPECT_EQ(account.Try(kStart).action, Action::kAllow);
  EXPECT_EQ(account.Try(kStart).action, Action::kAllow);
  const Verdict refused = account.Try(kStart + 1s);
  EXPECT_EQ(refused.action, Action::kThrottle);
  EXPECT_LE(refused.retry_after, 1s);
  EXPECT_TRUE(refused.reasons.front().provisional);
}

TEST(DecideTest, SettledChargesRefuseUntilTheWindowHasRoom) {
  OneAccount account(WithStrangerRule(kChallengeAboveTwo));
  (void)account.Try(kStart);
  (void)account.Try(kStart + 1min);
  const Verdict refused = account.Try(kStart + 10min);
  EXPECT_EQ(refused.action, Action::kChallenge);
  EXPECT_EQ(refused.until, kStart + 1h);
  EXPECT_EQ(refused.reasons.front().rule, "guesses");
  EXPECT_EQ(refused.reasons.front().count, 2);
  EXPECT_EQ(refused.scope, Scope::kAccountLane);
  EXPECT_EQ(account.Try(kStart + 1h - 1ms).action, Action::kChallenge);
  EXPECT_EQ(account.Try(kStart + 1h).action, Action::kAllow);
}

TEST(DecideTest, APathThatCannotShowAChallengeIsAnsweredThrottle) {
  OneAccount account(WithStrangerRule(kChallengeAboveTwo));
  account.facts_.can_challenge = false;
  (void)account.Try(kStart);
  (void)account.Try(kStart);
  const Verdict refused = account.Try(kStart + 10min);
  EXPECT_EQ(refused.action, Action::kThrottle);
  EXPECT_FALSE(refused.offer_challenge);
  EXPECT_EQ(refused.way_up, Lane::kRecovered);
}

TEST(DecideTest, EveryRefusalOffersTheChallengedLaneWhileItHasRoom) {
  PolicySpec spec = WithStrangerRule({.above = 1, .window = 1h, .then = Consequence::kLockout, .hold = 1h});
  spec.challenged.failures = {{1, kDay}};
  OneAccount account(spec);
  (void)account.Try(kStart);
  const Verdict refused = account.Try(kStart + 10min);
  EXPECT_EQ(refused.action, Action::kLockout);
  EXPECT_EQ(refused.way_up, Lane::kChallenged);
  account.proofs_.challenge = 5;
  EXPECT_EQ(account.Try(kStart + 11min).lane, Lane::kChallenged);
  account.proofs_.challenge.reset();
  EXPECT_FALSE(account.Try(kStart + 12min).offer_challenge);
}

TEST(DecideTest, ASpentDeviceIsAnsweredAsTheNextWeakerLaneAndSaysSo) {
  OneAccount account(StorefrontSpec());
  account.proofs_.device = Proofs::Token{.id = 9};
  for (int i = 0; i < 5; ++i) EXPECT_EQ(account.Try(kStart).lane, Lane::kDevice);
  const Verdict fallen = account.Try(kStart + 1min);
  EXPECT_EQ(fallen.action, Action::kAllow);
  EXPECT_EQ(fallen.lane, Lane::kStranger);
  ASSERT_THAT(fallen.falls, SizeIs(1));
  EXPECT_EQ(fallen.falls.front().lane, Lane::kDevice);
  EXPECT_EQ(fallen.falls.front().reason.rule, "lanes.device");
}

TEST(DecideTest, AnAddressAloneNeverClosesALaneOfAnAccount) {
  PolicySpec spec = StorefrontSpec();
  spec.rules.push_back(FailureRule("host", {KeyKind::kSource}, {Lane::kStranger},
                                   {{.above = 1, .window = 1h, .then = Consequence::kLockout}}));
  OneAccount account(spec);
  (void)account.Try(kStart);
  const Verdict refused = account.Try(kStart + 10min);
  EXPECT_EQ(refused.action, Action::kThrottle);
  EXPECT_EQ(refused.scope, Scope::kSource);
}

TEST(DecideTest, AShadowedRuleIsReportedAndNeverEnforced) {
  PolicySpec spec = WithStrangerRule(kChallengeAboveTwo);
  spec.rules.front().mode = Mode::kShadow;
  OneAccount account(spec);
  EXPECT_EQ(account.Try(kStart).shadow_action, Action::kAllow);
  (void)account.Try(kStart);
  const Verdict third = account.Try(kStart + 10min);
  EXPECT_EQ(third.action, Action::kAllow);
  EXPECT_EQ(third.shadow_action, Action::kChallenge);
}

TEST(DecideTest, WithoutTheStoreALaneIsAnsweredAsItsPolicySays) {
  EXPECT_EQ(DecideBlind(Lane::kDevice, OnStoreLoss::kAllow, false, kStart).action, Action::kAllow);
  EXPECT_EQ(DecideBlind(Lane::kStranger, OnStoreLoss::kChallenge, true, kStart).action, Action::kChallenge);
  EXPECT_EQ(DecideBlind(Lane::kStranger, OnStoreLoss::kChallenge, false, kStart).action, Action::kThrottle);
  EXPECT_EQ(DecideBlind(Lane::kStranger, OnStoreLoss::kRefuse, true, kStart).action, Action::kThrottle);
}

}  // namespace
}  // namespace latchkey
