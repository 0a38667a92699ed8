// A refusal is known by heart for a moment: repeats ask no store, and nobody is refused who would not be.
#include "engine/assess/refusals.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/engine-assess/counting_store.h"
#include "tests/promises/promise_test.h"

namespace latchkey {
namespace {

class RefusalsTest : public testing::Test {
 protected:
  explicit RefusalsTest(bool other_nodes = false) : rig_(Options(charges_, other_nodes)) {}

  static RigOptions Options(int& charges, bool other_nodes) {
    RigOptions options;
    options.settings.refusals_kept = 64;
    options.other_nodes = other_nodes;
    options.wrap = [&charges](SignalStore& store, const Clock&) {
      return std::make_unique<CountingStore>(store, charges);
    };
    return options;
  }
  // Guesses until strangers are refused.
  Decision Close(const AttemptFields& fields) {
    for (;;) {
      Decision decision = rig_.Try(fields, Outcome::kWrong);
      if (!Allowed(decision)) return decision;
      rig_.clock().Advance(1s);
    }
  }
  // How many charges reach the store meanwhile.
  template <typename Act>
  int ChargesOf(Act act) {
    const int before = charges_;
    act();
    return charges_ - before;
  }

  // Then the store is asked again.
  void ExpectKnownFor(Duration life) {
    (void)Close(stranger_);
    rig_.clock().Advance(life - 1ms);
    EXPECT_EQ(ChargesOf([&] { EXPECT_FALSE(Allowed(rig_.Assess(stranger_))); }), 0);
    rig_.clock().Advance(1ms);
    EXPECT_EQ(ChargesOf([&] { EXPECT_FALSE(Allowed(rig_.Assess(stranger_))); }), 1);
  }

  int charges_ = 0;
  EngineRig rig_;
  AttemptFields stranger_ = AttemptOn("victim", "203.0.113.1");
};

class RefusalsBesideOthersTest : public RefusalsTest {
 protected:
  RefusalsBesideOthersTest() : RefusalsTest(/*other_nodes=*/true) {}
};

TEST_F(RefusalsTest, ARepeatAsksNoStoreAndHearsTheSame) {
  const Decision first = Close(stranger_);
  std::set<uint64_t> ids = {first.id};
  std::set<std::string> challenges = {first.challenge_id};
  EXPECT_EQ(ChargesOf([&] {
              for (int i = 0; i < 5; ++i) {
                stranger_.account_tag = TagOf(i);  // Another password; nothing that a limit looks at.
                const Decision again = rig_.Assess(stranger_);
                EXPECT_TRUE(again.verdict == first.verdict) << Describe(again);
                ids.insert(again.id);
                challenges.insert(again.challenge_id);
              }
            }),
            1)
      << "the first one with a tag asks; whether there is a tag decides what is counted";
  EXPECT_EQ(ids.size(), 6U);
  EXPECT_EQ(challenges.size(), 6U) << "each has a challenge of its own";
  for (const uint64_t id : ids) {
    const auto past = rig_.assessor().ExplainPast(id);
    ASSERT_TRUE(past.ok());
    EXPECT_FALSE(past->lanes.empty());
  }
  for (const auto& entry : rig_.assessor().journal().All())
    EXPECT_TRUE(entry->Replay() == entry->decision.verdict) << Describe(entry->decision);
}

TEST_F(RefusalsTest, ARepeatIsAnsweredAsItWouldBeAtItsOwnTime) {
  const Decision first = Close(stranger_);
  for (int i = 0; i < 9; ++i) {
    rig_.clock().Advance(101ms);
    EXPECT_EQ(ChargesOf([&] {
                const Decision again = rig_.Assess(stranger_);
                EXPECT_EQ(again.at, first.at + (i + 1) * 101ms);
                ASSERT_TRUE(again.verdict.until.has_value());
                EXPECT_EQ(again.verdict.retry_after, *again.verdict.until - again.at);
              }),
              0);
  }
  for (const auto& entry : rig_.assessor().journal().All())
    EXPECT_TRUE(entry->Replay() == entry->decision.verdict) << Describe(entry->decision);
}

TEST_F(RefusalsTest, ARetryOfARepeatHearsTheVeryAnswerAgain) {
  const Decision first = Close(stranger_);
  stranger_.request_id = "r-1";
  const Decision repeat = rig_.Assess(stranger_);
  EXPECT_NE(repeat.id, first.id);
  EXPECT_EQ(rig_.Assess(stranger_).id, repeat.id);
  stranger_.request_id = "r-2";
  EXPECT_NE(rig_.Assess(stranger_).id, repeat.id);
}

TEST_F(RefusalsTest, ACodeWithoutItsFirstFactorIsToldThat) {
  AttemptFields login = stranger_;
  login.account = "neighbour";
  const Decision decision = rig_.Assess(login);
  login.first_factor_token = rig_.ReportOutcome(decision, Outcome::kRight).first_factor_token;
  login.factor = Factor::kOneTimeCode;
  EXPECT_FALSE(Allowed(Close(login)));
  EXPECT_EQ(ChargesOf([&] { EXPECT_NE(rig_.Assess(login).verdict.reasons[0].rule, "first-factor"); }), 0);
  login.first_factor_token = "not a token";
  EXPECT_EQ(rig_.Assess(login).verdict.reasons[0].rule, "first-factor");
}

TEST_F(RefusalsTest, AnAddressMeetsWhatItMetInOtherWords) {
  (void)Close(stranger_);
  stranger_.source = "::ffff:203.0.113.1";
  EXPECT_EQ(ChargesOf([&] { EXPECT_FALSE(Allowed(rig_.Assess(stranger_))); }), 0);
}

TEST_F(RefusalsBesideOthersTest, TheStoreIsAskedAgainAfterASecondAtMost) { ExpectKnownFor(Refusals::kLife); }

TEST_F(RefusalsTest, WhereNoOtherNodeWritesItIsAskedAgainAfterAMinute) {
  ExpectKnownFor(Refusals::kLifeAlone);
}

TEST_F(RefusalsTest, ItIsAskedAgainAsSoonAsTheCountsRefuseNoMore) {
  rig_.SetPolicy(R"(
version: 1
name: short
bounds: { 24h: 1000000 }
accept_risk: [P1, P2, P4, P5]
lanes:
  device:     { failures: 5, until: success, devices: 6, token_ttl: 90d }
  recovered:  { failures: 5, until: success, recoveries: [2 per 24h] }
  familiar:   { failures: [4 per 24h], sources: 5, remember: 30d }
  challenged: { failures: [15 per 24h] }
  stranger:   { failures: [2 per 10s] }
rules:
  - id: source
    count: failures
    by: [source]
    from: [stranger]
    limits: [ { above: 100, in: 1h, then: challenge } ]
)",
                 2);
  const TimePoint begun = rig_.now();
  (void)Close(stranger_);
  bool open = false;
  while (!open) {
    rig_.clock().Advance(1ms);
    const int charges = ChargesOf([&] { open = Allowed(rig_.Assess(stranger_)); });
    ASSERT_EQ(charges, open ? 1 : 0) << (rig_.now() - begun).count();
  }
  EXPECT_EQ(rig_.now() - begun, 10s);
}

TEST_F(RefusalsTest, AnotherAccountSourceOrPathIsAnotherQuestion) {
  (void)Close(stranger_);
  AttemptFields elsewhere = stranger_;
  elsewhere.source = "198.51.100.7";
  EXPECT_EQ(ChargesOf([&] { (void)rig_.Assess(elsewhere); }), 1);
  AttemptFields other_path = stranger_;
  other_path.path = "imap";
  EXPECT_EQ(ChargesOf([&] { (void)rig_.Assess(other_path); }), 1);
  AttemptFields other_account = stranger_;
  other_account.account = "neighbour";
  EXPECT_EQ(ChargesOf([&] { EXPECT_TRUE(Allowed(rig_.Assess(other_account))); }), 1);
}

// P1: who proves more is never refused for what strangers did.
TEST_F(RefusalsTest, AProofAlwaysAsksTheStore) {
  AttemptFields owner = stranger_;
  owner.source = "198.51.100.7";
  const Decision login = rig_.Assess(owner);
  owner.device_token = rig_.ReportOutcome(login, Outcome::kLoginComplete).device_token;
  const Decision refused = Close(stranger_);
  EXPECT_FALSE(Allowed(rig_.Assess(stranger_)));

  owner.source = stranger_.source;
  EXPECT_TRUE(Allowed(rig_.Assess(owner))) << "with a device, from the very address of the guesses";
  AttemptFields passed = stranger_;
  passed.challenge_proof = ChallengeProof{.challenge_id = refused.challenge_id, .attested = true};
  EXPECT_TRUE(Allowed(rig_.Assess(passed))) << "with a challenge passed";
}

TEST_F(RefusalsTest, ALoginFromThatSourceOpensItAtOnce) {
  AttemptFields owner = stranger_;
  owner.source = "198.51.100.7";
  owner.device_token = rig_.ReportOutcome(rig_.Assess(owner), Outcome::kLoginComplete).device_token;
  (void)Close(stranger_);
  EXPECT_FALSE(Allowed(rig_.Assess(stranger_)));

  owner.source = stranger_.source;
  rig_.ReportOutcome(rig_.Assess(owner), Outcome::kLoginComplete);
  const Decision familiar = rig_.Assess(stranger_);
  EXPECT_TRUE(Allowed(familiar));
  EXPECT_EQ(familiar.verdict.lane, Lane::kFamiliar);
}

TEST_F(RefusalsTest, AnImportedSourceIsFamiliarAtOnce) {
  (void)Close(stranger_);
  rig_.Import(stranger_.account, stranger_.source);
  EXPECT_EQ(rig_.Assess(stranger_).verdict.lane, Lane::kFamiliar);
}

TEST_F(RefusalsTest, AChargeThatIsGivenBackOpensAtOnce) {
  std::vector<Decision> in_flight;
  for (;;) {
    in_flight.push_back(rig_.Assess(stranger_));
    if (!Allowed(in_flight.back())) break;
  }
  EXPECT_FALSE(Allowed(rig_.Assess(stranger_)));
  rig_.ReportOutcome(in_flight.front(), Outcome::kRight);
  EXPECT_TRUE(Allowed(rig_.Assess(stranger_)));
}

TEST_F(RefusalsTest, AStakesChallengeThatNobodyCanPassRefusesNobody) {
  rig_.SetPolicy(R"(
version: 1
name: at-stake
bounds: { 24h: 1000000 }
accept_risk: [P1, P2, P4, P5, P7]
lanes:
  device:     { failures: 5, until: success, devices: 6, token_ttl: 90d }
  recovered:  { failures: 5, until: success, recoveries: [2 per 24h] }
  familiar:   { failures: [4 per 24h], sources: 5, remember: 30d }
  challenged: { failures: [1 per 1h] }
  stranger:   { failures: [100 per 24h] }
stakes: { limits: [ { above: 1, in: 1h, then: challenge } ] }
rules:
  - id: guesses
    count: failures
    by: [account]
    from: [stranger]
    limits: [ { above: 2, in: 30s, then: challenge } ]
  - id: places
    count: failures
    by: [source]
    from: [stranger]
    limits: [ { above: 100, in: 1h, then: challenge } ]
)",
                 2);
  const Decision refused = Close(stranger_);
  AttemptFields passed = stranger_;
  passed.challenge_proof = ChallengeProof{.challenge_id = refused.challenge_id, .attested = true};
  ASSERT_TRUE(Allowed(rig_.Assess(passed))) << "now the challenged lane has no room";
  rig_.AddStake(stranger_.account, rig_.now() + 1h);
  EXPECT_FALSE(Allowed(rig_.Assess(stranger_)));
  EXPECT_EQ(ChargesOf([&] { EXPECT_FALSE(Allowed(rig_.Assess(stranger_))); }), 0);
  rig_.clock().Advance(31s);  // Now the stake's limit alone would refuse.
  EXPECT_TRUE(Allowed(rig_.Assess(stranger_)));
}

TEST_F(RefusalsTest, AnotherPolicyDecidesForItself) {
  (void)Close(stranger_);
  rig_.SetPolicy(DefaultPolicyText(), 2);
  EXPECT_EQ(ChargesOf([&] { EXPECT_EQ(rig_.Assess(stranger_).policy_revision, 2); }), 1);
}

}  // namespace
}  // namespace latchkey
