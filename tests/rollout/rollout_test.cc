// A policy on its way: in the shadow it is asked and changes nothing; for a share it decides about those
// alone.
#include "tests/promises/promise_test.h"

namespace latchkey {
namespace {

// Locks strangers out after so many failures.
std::string PolicyWithStrangers(const std::string& name, int failures) {
  return absl::StrCat("version: 1\nname: ", name, R"(
bounds: { 24h: 200 }
lanes:
  device:     { failures: 5, until: success, devices: 6, token_ttl: 90d }
  recovered:  { failures: 5, until: success, recoveries: [2 per 24h] }
  familiar:   { failures: [4 per 24h], sources: 5, remember: 30d }
  challenged: { failures: [15 per 24h] }
  stranger:   { failures: [)",
                      failures, " per 24h] }\n");
}

class RolloutTest : public PromiseTest {
 protected:
  [[nodiscard]] RigOptions Lenient() const { return Options(1, PolicyWithStrangers("lenient", 20)); }
};

Decision Guess(EngineRig& rig, const std::string& account = "alice",
               const std::string& from = "203.0.113.9") {
  rig.clock().Advance(10min);
  return rig.Try(AttemptOn(account, from), Outcome::kWrong);
}

TEST_P(RolloutTest, AShadowedPolicyTellsWhatItWouldAnswerAndIsNotObeyed) {
  EngineRig rig(Lenient());
  EXPECT_FALSE(Guess(rig).shadow) << "nothing is shadowed yet";
  rig.SetCandidate(PolicyWithStrangers("strict", 3), 2, {.stage = Stage::kShadow});
  for (int i = 0; i < 3; ++i) {
    const Decision decision = Guess(rig);
    EXPECT_TRUE(Allowed(decision));
    ASSERT_TRUE(decision.shadow);
    EXPECT_EQ(decision.shadow->action, Action::kAllow) << i;
    EXPECT_EQ(decision.shadow->policy_revision, 2);
  }
  const Decision fourth = Guess(rig);
  EXPECT_TRUE(Allowed(fourth)) << "the shadow decides nothing";
  EXPECT_NE(fourth.shadow->action, Action::kAllow);
}

TEST_P(RolloutTest, TheShadowChangesNoEnforcedAnswer) {
  EngineRig alone(Lenient());
  EngineRig shadowed(Lenient());
  shadowed.SetCandidate(PolicyWithStrangers("strict", 3), 2, {.stage = Stage::kShadow});
  for (int i = 0; i < 30; ++i) {
    const Decision a = Guess(alone);
    const Decision b = Guess(shadowed);
    EXPECT_EQ(a.verdict.action, b.verdict.action) << i;
    EXPECT_EQ(a.verdict.reasons.size(), b.verdict.reasons.size()) << i;
  }
}

TEST_P(RolloutTest, ASuccessIsGivenBackInTheShadowTooAndMakesItsSourceFamiliar) {
  EngineRig rig(Lenient());
  rig.SetCandidate(PolicyWithStrangers("strict", 3), 2, {.stage = Stage::kShadow});
  for (int i = 0; i < 10; ++i) {
    rig.clock().Advance(1h);
    const Decision decision = rig.Try(AttemptOn("alice", "192.0.2.7"), Outcome::kLoginComplete);
    ASSERT_TRUE(decision.shadow);
    EXPECT_EQ(decision.shadow->action, Action::kAllow) << i;
    EXPECT_EQ(decision.shadow->lane, i == 0 ? Lane::kStranger : Lane::kFamiliar) << i;
  }
}

TEST_P(RolloutTest, ProofsProveInTheShadow) {
  EngineRig rig(Lenient());
  const Confirmation confirmed = rig.Confirm("alice");
  rig.SetCandidate(PolicyWithStrangers("strict", 3), 2, {.stage = Stage::kShadow});
  AttemptFields laptop = AttemptOn("alice", "198.51.100.4");
  laptop.device_token = confirmed.device_token;
  EXPECT_EQ(rig.Assess(laptop).shadow->lane, Lane::kDevice);
  AttemptFields recovered = AttemptOn("alice", "198.51.100.5");
  recovered.recovery_token = confirmed.recovery_token;
  EXPECT_EQ(rig.Assess(recovered).shadow->lane, Lane::kRecovered);
}

TEST_P(RolloutTest, AShareIsDecidedByTheNewPolicyAndTheRestByTheOld) {
  EngineRig rig(Lenient());
  rig.SetCandidate(PolicyWithStrangers("strict", 3), 2,
                   {.stage = Stage::kShare, .share_millionths = 300'000});
  const int accounts = GetParam() == StoreKind::kMemory ? 300 : 60;
  int strict = 0;
  for (int i = 0; i < accounts; ++i) {
    const std::string account = absl::StrCat("user-", i);
    const int64_t revision = rig.Assess(AttemptOn(account, "192.0.2.7")).policy_revision;
    EXPECT_EQ(rig.Assess(AttemptOn(account, "198.51.100.8")).policy_revision, revision) << "stable";
    strict += revision == 2 ? 1 : 0;
  }
  EXPECT_GT(strict, accounts / 6);
  EXPECT_LT(strict, accounts / 2);
}

LATCHKEY_ON_EVERY_STORE(RolloutTest);

}  // namespace
}  // namespace latchkey
