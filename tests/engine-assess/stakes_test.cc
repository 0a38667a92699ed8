// `stakes:` of a policy: while something is at stake for an account, its strangers meet a challenge earlier.
// Nobody else meets anything else, and nobody is kept out for it.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/store/forwarding_store.h"
#include "tests/promises/crowd.h"

namespace latchkey {
namespace {

constexpr char kOwner[] = "alice";
constexpr char kSomewhere[] = "203.0.113.1";

std::string WithStakes(const std::string& policy, const std::string& stakes) {
  return policy + "\naccept_risk: [P7]\nstakes: " + stakes + "\n";
}
std::string Challenging(int above) {
  return WithStakes(DefaultPolicyText(),
                    absl::StrCat("{ limits: [ { above: ", above, ", in: 15m, then: challenge } ] }"));
}

bool ChallengedForStake(const Decision& decision) {
  const Verdict& verdict = decision.verdict;
  return verdict.action == Action::kChallenge && verdict.lane == Lane::kStranger && verdict.offer_challenge &&
         verdict.way_up == Lane::kChallenged &&
         std::all_of(verdict.reasons.begin(), verdict.reasons.end(), [](const LimitReport& reason) {
           return reason.rule == "stakes" && !reason.provisional;
         });
}

AttemptFields Solved(AttemptFields fields, const Decision& challenged) {
  fields.challenge_proof = ChallengeProof{challenged.challenge_id, true};
  return fields;
}

// A store that can be taken away.
class FragileStore final : public ForwardingStore {
 public:
  FragileStore(SignalStore& store, const bool& gone) : ForwardingStore(store), gone_(gone) {}
  void Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<ChargeResult>)> done) override {
    if (gone_) return done(absl::UnavailableError("gone"));
    store_.Charge(keys, std::move(request), deadline, std::move(done));
  }

 private:
  const bool& gone_;
};

class StakesAtLoginTest : public testing::Test {
 protected:
  StakesAtLoginTest() : StakesAtLoginTest(Challenging(0)) {}
  explicit StakesAtLoginTest(std::string policy)
      : rig_({.policy = std::move(policy),
              .settings = {.refusals_kept = 64},
              .wrap = [this](SignalStore& store, const Clock&) {
                return std::make_unique<FragileStore>(store, gone_);
              }}) {}

  bool gone_ = false;
  EngineRig rig_;
  AttemptFields stranger_ = AttemptOn(kOwner, kSomewhere);
};

TEST_F(StakesAtLoginTest, AStrangerIsChallengedAtOnceAndGoesOnWhenHePasses) {
  rig_.AddStake(kOwner, rig_.now() + 1h);
  const Decision challenged = rig_.Assess(stranger_);
  EXPECT_TRUE(ChallengedForStake(challenged)) << Describe(challenged);
  EXPECT_FALSE(challenged.challenge_id.empty());
  EXPECT_FALSE(challenged.verdict.advise_notify_owner) << "that something is at stake is no attack";

  const Decision passed = rig_.Assess(Solved(stranger_, challenged));
  EXPECT_TRUE(Allowed(passed)) << Describe(passed);
  EXPECT_EQ(passed.verdict.lane, Lane::kChallenged);
  EXPECT_FALSE(rig_.ReportOutcome(passed, Outcome::kLoginComplete).device_token.empty());
}

TEST_F(StakesAtLoginTest, TheOwnersDeviceRecoveryAndFamiliarAddressAreAsEver) {
  rig_.AddStake(kOwner, rig_.now() + 1h);
  const Confirmation confirmed = rig_.Confirm(kOwner);
  rig_.Import(kOwner, "198.51.100.7");
  AttemptFields device = stranger_;
  device.device_token = confirmed.device_token;
  AttemptFields recovered = stranger_;
  recovered.recovery_token = confirmed.recovery_token;
  const std::pair<Lane, AttemptFields> proven[] = {{Lane::kDevice, device},
                                                   {Lane::kRecovered, recovered},
                                                   {Lane::kFamiliar, AttemptOn(kOwner, "198.51.100.7")}};
  for (const auto& [lane, fields] : proven) {
    const Decision decision = rig_.Try(fields, Outcome::kWrong);
    EXPECT_TRUE(Allowed(decision)) << Describe(decision);
    EXPECT_EQ(decision.verdict.lane, lane);
  }
}

TEST_F(StakesAtLoginTest, OtherAccountsStrangersAreAsEver) {
  rig_.AddStake(kOwner, rig_.now() + 1h);
  EXPECT_TRUE(Allowed(rig_.Assess(AttemptOn("bob", kSomewhere))));
}

TEST_F(StakesAtLoginTest, AfterItsReleaseOrEndItIsAsBefore) {
  const Stake bid = rig_.AddStake(kOwner, rig_.now() + 1h);
  EXPECT_FALSE(Allowed(rig_.Assess(stranger_)));
  ASSERT_TRUE(rig_.Release(bid));
  EXPECT_TRUE(Allowed(rig_.Assess(stranger_))) << "at once, whatever is known of the refusal";

  rig_.AddStake(kOwner, rig_.now() + 1h);
  rig_.clock().Advance(1h - 1ms);
  EXPECT_FALSE(Allowed(rig_.Assess(stranger_)));
  rig_.clock().Advance(1ms);
  EXPECT_TRUE(Allowed(rig_.Assess(stranger_)));
}

TEST_F(StakesAtLoginTest, ItLastsAsLongAsTheLastOfSeveral) {
  const Stake bid = rig_.AddStake(kOwner, rig_.now() + 1h, "bid");
  rig_.AddStake(kOwner, rig_.now() + 2h, "order");
  ASSERT_TRUE(rig_.Release(bid));
  EXPECT_FALSE(Allowed(rig_.Assess(stranger_)));
  rig_.clock().Advance(2h);
  EXPECT_TRUE(Allowed(rig_.Assess(stranger_)));
}

TEST_F(StakesAtLoginTest, WhereNoChallengeCanBeShownNothingChanges) {
  rig_.AddStake(kOwner, rig_.now() + 1h);
  stranger_.challenge_kinds.clear();
  stranger_.path = "imap";
  EXPECT_TRUE(Allowed(rig_.Assess(stranger_))) << "a challenge would be a throttle here";
}

TEST_F(StakesAtLoginTest, AChallengeThatNobodyCanPassIsNotAskedFor) {
  rig_.AddStake(kOwner, rig_.now() + 1h);
  // A rival spends what the lane 'challenged' has for a day.
  int solved = 0;
  for (Decision answer = rig_.Assess(stranger_); ChallengedForStake(answer);
       answer = rig_.Assess(stranger_)) {
    ASSERT_TRUE(Allowed(rig_.Try(Solved(stranger_, answer), Outcome::kWrong)));
    ASSERT_LE(++solved, 15);
    rig_.clock().Advance(2s);
  }
  EXPECT_EQ(solved, 15);
  const Explanation explained = rig_.Explain(stranger_);
  EXPECT_TRUE(Allowed(explained.decision)) << Describe(explained.decision);
  const Decision decision = rig_.Try(stranger_, Outcome::kLoginComplete);
  EXPECT_TRUE(Allowed(decision)) << "a stranger gets in as without a stake: " << Describe(decision);
  EXPECT_EQ(decision.verdict.lane, Lane::kStranger);
}

TEST_F(StakesAtLoginTest, WithoutTheStoreItIsAsWithoutAStake) {
  rig_.AddStake(kOwner, rig_.now() + 1h);
  gone_ = true;
  const auto ask = [&] {
    return Require(Await<absl::StatusOr<Decision>>([&](auto done) {
      rig_.assessor().Assess(Require(Attempt::Create(stranger_)), 1s, std::move(done));
    }));
  };
  const Decision decision = ask();
  EXPECT_TRUE(decision.degraded);
  EXPECT_TRUE(Allowed(decision)) << Describe(decision);
  gone_ = false;
  EXPECT_TRUE(ChallengedForStake(ask()));
}

TEST_F(StakesAtLoginTest, ExplainTellsWhichRuleItWasNowAndLater) {
  rig_.AddStake(kOwner, rig_.now() + 1h);
  const Explanation before = rig_.Explain(stranger_);
  EXPECT_TRUE(ChallengedForStake(before.decision)) << Describe(before.decision);
  const Decision decision = rig_.Assess(stranger_);
  rig_.clock().Advance(2h);
  const Explanation past = Require(rig_.assessor().ExplainPast(decision.id));
  ASSERT_FALSE(past.lanes.empty());
  const LaneReport& strangers = past.lanes.back();
  EXPECT_TRUE(std::any_of(strangers.limits.begin(), strangers.limits.end(), [](const LimitReport& limit) {
    return limit.rule == "stakes" && limit.refuses && limit.above == 0;
  }));
  for (const auto& entry : rig_.assessor().journal().All())
    EXPECT_TRUE(entry->Replay() == entry->decision.verdict) << Describe(entry->decision);
}

class LaterChallengeTest : public StakesAtLoginTest {
 protected:
  LaterChallengeTest() : StakesAtLoginTest(Challenging(2)) {}
};

TEST_F(LaterChallengeTest, WhatStrangersFailedBeforeTheStakeCounts) {
  rig_.Try(stranger_, Outcome::kWrong);
  rig_.Try(stranger_, Outcome::kWrong);
  EXPECT_TRUE(Allowed(rig_.Explain(stranger_).decision));
  rig_.AddStake(kOwner, rig_.now() + 1h);
  EXPECT_TRUE(ChallengedForStake(rig_.Assess(stranger_))) << "never a wait for what may be given back";
  rig_.clock().Advance(15min);
  EXPECT_TRUE(Allowed(rig_.Assess(stranger_))) << "they are forgotten as ever";
}

TEST_F(LaterChallengeTest, WhatIsRefusedAnywayIsAnsweredAsEver) {
  for (int i = 0; i < 5; ++i) rig_.Try(stranger_, Outcome::kWrong);
  rig_.clock().Advance(3min);
  const Explanation before = rig_.Explain(stranger_);
  ASSERT_FALSE(Allowed(before.decision));
  rig_.AddStake(kOwner, rig_.now() + 1h);
  const Explanation after = rig_.Explain(stranger_);
  EXPECT_TRUE(SameAnswer(before.decision, after.decision)) << Describe(before.decision) << "\n"
                                                           << Describe(after.decision);
}

TEST(StakesInShadowTest, AreReportedAndRefuseNobody) {
  EngineRig rig(
      {.policy = DefaultPolicyText() +
                 "\nstakes: { mode: shadow, limits: [ { above: 0, in: 15m, then: challenge } ] }\n"});
  const AttemptFields stranger = AttemptOn(kOwner, kSomewhere);
  EXPECT_EQ(rig.Assess(stranger).verdict.shadow_action, std::nullopt);
  rig.AddStake(kOwner, rig.now() + 1h);
  const Decision decision = rig.Assess(stranger);
  EXPECT_TRUE(Allowed(decision));
  EXPECT_EQ(decision.verdict.shadow_action, Action::kChallenge);
}

TEST(StakesInShadowTest, AShadowedPolicyHeedsThemToo) {
  EngineRig rig;
  rig.SetCandidate(Challenging(0), 2, {.stage = Stage::kShadow});
  rig.AddStake(kOwner, rig.now() + 1h);
  const Decision decision = rig.Assess(AttemptOn(kOwner, kSomewhere));
  EXPECT_TRUE(Allowed(decision));
  ASSERT_TRUE(decision.shadow.has_value());
  EXPECT_EQ(decision.shadow->action, Action::kChallenge);
}

class StakesKeepNobodyOutTest : public PromiseTest {
 protected:
  // Rules of every kind besides.
  [[nodiscard]] RigOptions Staked(uint64_t seed) const {
    return Options(seed, absl::StrReplaceAll(kManyKindsOfRules, {{"accept_risk: [", "accept_risk: [P7, "}}) +
                             "stakes: { limits: [ { above: 0, in: 1m, then: challenge }, "
                             "{ above: 3, in: 6h, then: challenge } ] }\n");
  }
};

// Whatever comes next in a crowd's life is answered as without the stake, but for a stranger who would be let
// in: he may be challenged, and is let in when he passes.
TEST_P(StakesKeepNobodyOutTest, OnlyAStrangerWhoWouldBeLetInIsAnsweredOtherwise) {
  int challenged = 0;
  std::map<Action, int> alike;
  std::map<Lane, int> let_in;
  for (uint64_t seed = 1; seed <= Seeds(60) && !HasFailure(); ++seed) {
    EngineRig rig(Staked(seed));
    Crowd crowd(rig, seed);
    Dice dice(seed + 1000);
    std::map<std::string, Stake> stakes;
    for (int i = 0; i < 250 && !HasFailure(); ++i) {
      const AttemptFields fields = crowd.Next();
      if (const auto left = stakes.find(fields.account); left != stakes.end()) rig.Release(left->second);
      const Decision calm = rig.Explain(fields).decision;
      const Stake stake = rig.AddStake(fields.account, rig.now() + 1h);
      stakes.insert_or_assign(fields.account, stake);
      const Decision staked = rig.Explain(fields).decision;
      if (ChallengedForStake(staked)) {
        ++challenged;
        EXPECT_TRUE(Allowed(calm)) << Describe(calm);
        EXPECT_EQ(calm.verdict.lane, Lane::kStranger);
        EXPECT_FALSE(fields.challenge_kinds.empty());
      } else if (Allowed(calm) && calm.verdict.lane == Lane::kStranger) {
        EXPECT_TRUE(Allowed(staked)) << Describe(staked);
      } else {
        EXPECT_TRUE(SameAnswer(calm, staked)) << Describe(calm) << "\n" << Describe(staked);
      }
      if (!ChallengedForStake(staked)) ++alike[staked.verdict.action];
      if (Allowed(staked)) ++let_in[staked.verdict.lane];

      if (dice.Chance(0.3)) rig.Release(stake);
      const Decision decision = rig.Assess(fields);
      crowd.Hear(fields, decision);
      if (ChallengedForStake(decision) && dice.Chance(0.5)) {
        const AttemptFields solved = Solved(fields, decision);
        const Decision passed = rig.Assess(solved);
        EXPECT_TRUE(Allowed(passed)) << Describe(passed);
        crowd.Hear(solved, passed);
      }
    }
  }
  if (GetParam() != StoreKind::kMemory) return;
  EXPECT_GT(challenged, 200);
  for (Lane lane : kAllLanes) EXPECT_GT(let_in[lane], 10) << LaneName(lane);
  for (Action action : {Action::kChallenge, Action::kThrottle, Action::kLockout})
    EXPECT_GT(alike[action], 10) << ActionName(action);
}

// The same attempts, one after the other, with the stake and without: what the owner proves is answered alike
// in every field, whatever strangers have been challenged meanwhile.
TEST_P(StakesKeepNobodyOutTest, TheOwnersWholeHistoryIsAnsweredAlike) {
  int compared = 0;
  int challenged = 0;
  for (uint64_t seed = 1; seed <= Seeds(10) && !HasFailure(); ++seed) {
    EngineRig calm(Staked(seed));
    EngineRig staked(Staked(seed));
    staked.AddStake(kOwner, staked.now() + 24h * 80);
    Dice dice(seed);
    const auto both = [&](const auto& act) { return std::pair(act(calm), act(staked)); };
    both([](EngineRig& rig) { return rig.Import(kOwner, "198.51.100.7"), 0; });
    auto [calm_device, staked_device] = both([](EngineRig& rig) { return rig.Confirm(kOwner).device_token; });
    for (int i = 0; i < 200 && !HasFailure(); ++i) {
      const Duration pause = dice.Pause();
      both([&](EngineRig& rig) { return rig.clock().Advance(pause), 0; });
      if (dice.Chance(0.6)) {
        AttemptFields guess = AttemptOn(kOwner, absl::StrCat("203.0.113.", dice.Below(9)));
        if (dice.Chance(0.5)) guess.account_tag = TagOf(1 + dice.Below(20));
        challenged += ChallengedForStake(staked.Try(guess, Outcome::kWrong)) ? 1 : 0;
        calm.Try(guess, Outcome::kWrong);
        continue;
      }
      AttemptFields own = AttemptOn(kOwner, dice.Chance(0.5) ? "198.51.100.7" : "198.51.100.99");
      const bool with_device = dice.Chance(0.6);
      const auto assess = [&](EngineRig& rig, const std::string& device) {
        AttemptFields fields = own;
        if (with_device) fields.device_token = device;
        return rig.Assess(fields);
      };
      const Decision before = assess(calm, calm_device);
      const Decision after = assess(staked, staked_device);
      if (before.verdict.lane > Lane::kFamiliar) {
        EXPECT_GT(after.verdict.lane, Lane::kFamiliar) << Describe(after);
        continue;  // a stranger here, who does not go on
      }
      ++compared;
      EXPECT_TRUE(SameAnswer(before, after)) << Describe(before) << "\n" << Describe(after);
      if (!Allowed(before)) continue;
      const Outcome outcome = dice.Chance(0.5) ? Outcome::kLoginComplete : Outcome::kWrong;
      const ReportResult calm_result = calm.ReportOutcome(before, outcome);
      const ReportResult staked_result = staked.ReportOutcome(after, outcome);
      if (with_device && !calm_result.device_token.empty()) {
        calm_device = calm_result.device_token;
        staked_device = staked_result.device_token;
      }
    }
  }
  if (GetParam() != StoreKind::kMemory) return;
  EXPECT_GT(compared, 300);
  EXPECT_GT(challenged, 300);
}

INSTANTIATE_TEST_SUITE_P(On, StakesKeepNobodyOutTest, testing::Values(StoreKind::kMemory, StoreKind::kRedis),
                         [](const testing::TestParamInfo<StoreKind>& store) {
                           return StoreKindName(store.param);
                         });

}  // namespace
}  // namespace latchkey
