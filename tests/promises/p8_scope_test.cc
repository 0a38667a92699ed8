// P8: every answer names what it is about, why (rule, count, limit, window), until when and the next way up
// while that lane has room. No answer to a login is an account status.
#include <set>

#include "tests/promises/crowd.h"

namespace latchkey {
namespace {

class ScopeTest : public PromiseTest {
 protected:
  // The rules and budgets that a policy can name.
  static std::set<std::string> RulesOf(const Policy& policy) {
    std::set<std::string> names;
    for (const Rule& rule : policy.rules()) names.insert(rule.id);
    for (Lane lane : kAllLanes) names.insert("lanes." + std::string(LaneName(lane)));
    return names;
  }

  static void ExpectNamed(const LimitReport& reason, const Policy& policy, TimePoint now) {
    EXPECT_TRUE(RulesOf(policy).contains(reason.rule)) << reason.rule;
    EXPECT_FALSE(reason.counter.empty());
    EXPECT_TRUE(reason.refuses);
    EXPECT_FALSE(reason.shadow) << "what is only watched refuses nobody";
    EXPECT_GE(reason.above, 0);
    EXPECT_GT(reason.count + policy.spec().device.devices, 0);
    EXPECT_GE(reason.window, Duration::zero());
    EXPECT_FALSE(ScopeName(reason.scope).empty());
    if (reason.window > Duration::zero()) {
      ASSERT_TRUE(reason.EndsAt(now).has_value());
      EXPECT_GT(*reason.EndsAt(now), now);
    }
  }

  static void ExpectSaysAll(const Decision& decision, const Policy& policy) {
    const Verdict& verdict = decision.verdict;
    EXPECT_NE(decision.id, 0U);
    EXPECT_EQ(decision.policy_revision, policy.revision());
    for (const LaneFall& fall : verdict.falls) {
      EXPECT_LT(fall.lane, verdict.lane) << "one falls to a weaker lane";
      ExpectNamed(fall.reason, policy, decision.at);
    }
    if (Allowed(decision)) {
      EXPECT_TRUE(verdict.reasons.empty());
      EXPECT_FALSE(verdict.until.has_value());
      EXPECT_FALSE(decision.attempt_token.empty());
      return;
    }
    EXPECT_TRUE(decision.attempt_token.empty()) << "nothing to report of what was refused";
    ASSERT_FALSE(verdict.reasons.empty());
    for (const LimitReport& reason : verdict.reasons) ExpectNamed(reason, policy, decision.at);
    EXPECT_EQ(verdict.scope, verdict.reasons.front().scope);
    ASSERT_TRUE(verdict.until.has_value()) << "a stranger's refusal ends by itself";
    EXPECT_GT(*verdict.until, decision.at);
    EXPECT_EQ(verdict.retry_after, *verdict.until - decision.at);
    ASSERT_TRUE(verdict.way_up.has_value());
    EXPECT_LT(*verdict.way_up, verdict.lane) << "up, not down";
    EXPECT_EQ(verdict.offer_challenge, !decision.challenge_id.empty());
    EXPECT_EQ(verdict.offer_challenge, *verdict.way_up == Lane::kChallenged);
    // Address evidence never closes a lane, and never refuses who proved more (P10).
    const bool of_address =
        verdict.scope == Scope::kSource || verdict.scope == Scope::kNetwork || verdict.scope == Scope::kAsn;
    if (of_address) {
      EXPECT_NE(verdict.action, Action::kLockout);
      EXPECT_EQ(verdict.lane, Lane::kStranger);
    }
  }
};

TEST_P(ScopeTest, EveryAnswerSaysWhatWhyUntilWhenAndHowElse) {
  for (const std::string& text : {DefaultPolicyText(), std::string(kManyKindsOfRules)}) {
    std::set<std::string> named;
    std::set<Action> actions;
    for (uint64_t seed = 1; seed <= Seeds(60) && !HasFailure(); ++seed) {
      SCOPED_TRACE(absl::StrCat("seed ", seed));
      EngineRig rig(Options(seed, text));
      Crowd crowd(rig, seed);
      for (int i = 0; i < 300 && !HasFailure(); ++i) {
        const AttemptFields fields = crowd.Next();
        const Decision decision = rig.Assess(fields);
        SCOPED_TRACE(Describe(decision));
        ExpectSaysAll(decision, *rig.policy());
        EXPECT_FALSE(fields.challenge_kinds.empty() && decision.verdict.action == Action::kChallenge);
        for (const LimitReport& reason : decision.verdict.reasons) named.insert(reason.rule);
        actions.insert(decision.verdict.action);
        crowd.Hear(fields, decision);
      }
    }
    EXPECT_GE(actions.size(), 2U);
    if (text == kManyKindsOfRules && GetParam() == StoreKind::kMemory) {
      EXPECT_EQ(actions.size(), 4U);
      for (const char* rule : {"guesses", "pair", "tags", "busy-source", "whole-tenant", "whole-asn"})
        EXPECT_TRUE(named.contains(rule)) << rule << " never refused";
    }
  }
}

// What is offered holds: a challenge that is solved at once is let in.
TEST_P(ScopeTest, TheWayUpIsOpen) {
  int offered = 0;
  for (uint64_t seed = 1; seed <= Seeds(30) && !HasFailure(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    EngineRig rig(Options(seed));
    Crowd crowd(rig, seed);
    for (int i = 0; i < 250 && !HasFailure(); ++i) {
      AttemptFields fields = crowd.Next();
      const Decision decision = rig.Assess(fields);
      crowd.Hear(fields, decision);
      if (!decision.verdict.offer_challenge) continue;
      ++offered;
      fields.challenge_proof = ChallengeProof{decision.challenge_id, true};
      const Decision solved = rig.Explain(fields).decision;
      EXPECT_TRUE(Allowed(solved)) << Describe(solved);
      EXPECT_EQ(solved.verdict.lane, Lane::kChallenged);
    }
  }
  EXPECT_GT(offered, 0);
}

TEST_P(ScopeTest, ACodeWithoutItsFirstFactorIsToldWhatIsMissing) {
  EngineRig rig(Options());
  AttemptFields fields = AttemptOn("victim", "203.0.113.1");
  fields.factor = Factor::kOneTimeCode;
  fields.first_factor_token = "not a token";
  const Decision decision = rig.Assess(fields);
  EXPECT_EQ(decision.verdict.action, Action::kThrottle);
  ASSERT_EQ(decision.verdict.reasons.size(), 1U);
  EXPECT_EQ(decision.verdict.reasons[0].rule, "first-factor");
  EXPECT_TRUE(decision.verdict.until.has_value());
  EXPECT_TRUE(decision.verdict.way_up.has_value());
}

TEST(ScopeWordsTest, NoScopeIsAnAccount) {
  for (Scope scope :
       {Scope::kAccountLane, Scope::kDevice, Scope::kSource, Scope::kNetwork, Scope::kTenant, Scope::kAsn}) {
    EXPECT_NE(ScopeName(scope), "account");
  }
}

LATCHKEY_ON_EVERY_STORE(ScopeTest);

}  // namespace
}  // namespace latchkey
