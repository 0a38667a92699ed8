// P7: to a stranger, existing and unknown accounts are alike in every field, at every time, over every
// lifetime and weight; and a refusal says nothing of the password.
//
// The prober sees two worlds. In one the account belongs to somebody who lives with it: devices, places,
// recoveries, typing errors and logins, as a stranger too. In the other there is no such account.
#include <map>
#include <vector>

#include "absl/strings/str_replace.h"
#include "tests/promises/crowd.h"

namespace latchkey {
namespace {

class Worlds {
 public:
  Worlds(const RigOptions& options, uint64_t seed) : known_(options), unknown_(options), dice_(seed) {}

  void Live(int events) {
    for (int i = 0; i < events && !testing::Test::HasFailure(); ++i) {
      const TimePoint next = known_.now() + dice_.Pause();
      known_.clock().Set(next);
      unknown_.clock().Set(next);
      if (dice_.Chance(0.4)) {
        OwnerLives();
      } else {
        for (int probes = dice_.Chance(0.1) ? 30 : 1; probes > 0; --probes) Probe();
      }
    }
  }

  [[nodiscard]] int compared() const { return compared_; }
  [[nodiscard]] int refused() const { return refused_; }
  [[nodiscard]] int given_back() const { return given_back_; }

 private:
  void OwnerLives() {
    AttemptFields fields = AttemptOn("target", absl::StrCat("198.51.100.", dice_.Below(9)));
    switch (dice_.Below(12)) {
      case 0:
        devices_.push_back(known_.Confirm("target").device_token);
        return;
      case 1:
        devices_ = {known_.RevokeAll("target").device_token};
        return;
      case 2:
        for (const KnownProof& proof : known_.List("target", Lane::kDevice)) {
          if (dice_.Chance(0.2)) known_.Forget("target", Lane::kDevice, proof.id);
        }
        return;
      case 3:
        known_.Import("target", fields.source);
        return;
      default:
        break;
    }
    if (!devices_.empty() && dice_.Chance(0.6)) fields.device_token = dice_.OneOf(devices_);
    const bool right = dice_.Chance(0.6);
    if (dice_.Chance(0.8)) fields.account_tag = TagOf(right ? 0 : 1 + dice_.Below(9));
    const Lane lane = known_.Explain(fields).decision.verdict.lane;
    // Somebody who fails as a stranger is a stranger, whoever it is.
    if (lane >= Lane::kChallenged && !right) return;
    const Decision decision = known_.Assess(fields);
    if (!Allowed(decision)) return;
    const ReportResult result =
        known_.ReportOutcome(decision, right ? Outcome::kLoginComplete : Outcome::kWrong);
    if (!result.device_token.empty()) devices_.push_back(result.device_token);
    if (devices_.size() > 9) devices_.erase(devices_.begin());
  }

  void Probe() {
    // From networks that nobody else uses.
    AttemptFields fields = AttemptOn("target", absl::StrCat("203.0.", dice_.Below(4), ".", dice_.Below(9)));
    const int password = 10 + dice_.Below(25);
    if (dice_.Chance(0.7)) fields.account_tag = TagOf(password);
    fields.popular_password = dice_.Chance(0.3);
    if (dice_.Chance(0.2)) fields.challenge_kinds.clear();
    if (dice_.Chance(0.1)) fields.account = absl::StrCat("other", dice_.Below(40));
    AttemptFields in_unknown = fields;
    if (!known_challenge_.empty() && dice_.Chance(0.4)) {
      fields.challenge_proof = ChallengeProof{known_challenge_, true};
      in_unknown.challenge_proof = ChallengeProof{unknown_challenge_, true};
    }
    const Decision known = known_.Assess(std::move(fields));
    const Decision unknown = unknown_.Assess(std::move(in_unknown));
    EXPECT_GE(known.verdict.lane, Lane::kChallenged);
    EXPECT_TRUE(SameAnswer(known, unknown))
        << "known:   " << Describe(known) << "\nunknown: " << Describe(unknown);
    EXPECT_EQ(known.verdict.shadow_action, unknown.verdict.shadow_action);
    ++compared_;
    if (!known.challenge_id.empty() && !unknown.challenge_id.empty()) {
      known_challenge_ = known.challenge_id;
      unknown_challenge_ = unknown.challenge_id;
    }
    if (!Allowed(known) || !Allowed(unknown)) {
      ++refused_;
      return;
    }
    if (dice_.Chance(0.1)) return;
    const bool not_verified = dice_.Chance(0.05);
    const ReportResult of_known =
        known_.ReportOutcome(known, not_verified ? Outcome::kNotVerified : Outcome::kWrong);
    const ReportResult of_unknown =
        unknown_.ReportOutcome(unknown, not_verified ? Outcome::kNotVerified : Outcome::kUnknownAccount);
    EXPECT_EQ(of_known.given_back, of_unknown.given_back);
    EXPECT_EQ(of_known.state, of_unknown.state);
    given_back_ += of_known.given_back ? 1 : 0;
  }

  EngineRig known_;
  EngineRig unknown_;
  Dice dice_;
  std::vector<std::string> devices_;
  std::string known_challenge_, unknown_challenge_;
  int compared_ = 0;
  int refused_ = 0;
  int given_back_ = 0;
};

class NoOracleTest : public PromiseTest {
 protected:
  void LiveManyTimes(const std::string& policy, uint64_t seeds, int events) {
    int compared = 0, refused = 0, given_back = 0;
    for (uint64_t seed = 1; seed <= Seeds(seeds) && !HasFailure(); ++seed) {
      SCOPED_TRACE(absl::StrCat("seed ", seed));
      Worlds worlds(Options(seed, policy), seed);
      worlds.Live(events);
      compared += worlds.compared();
      refused += worlds.refused();
      given_back += worlds.given_back();
    }
    EXPECT_GT(compared, 0);
    EXPECT_GT(refused, 0);
    EXPECT_GT(given_back, 0);
  }
};

TEST_P(NoOracleTest, AnExistingAccountIsAnsweredLikeAnUnknownOne) { LiveManyTimes("", 60, 200); }

TEST_P(NoOracleTest, SoItIsOverMonthsAndUnderRulesOfEveryKind) {
  LiveManyTimes("", 5, GetParam() == StoreKind::kCluster ? 800 : 3000);
  // (Whoever counts attempts of a whole tenant counts the owner's; here a network's are counted in their
  // place.)
  LiveManyTimes(absl::StrReplaceAll(kManyKindsOfRules, {{"by: [tenant]", "by: [network]"}}), 60, 200);
}

TEST_P(NoOracleTest, ARefusalSaysNothingOfThePassword) {
  int refused = 0;
  for (uint64_t seed = 1; seed <= Seeds(30) && !HasFailure(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    EngineRig rig(Options(seed));
    // The owner has logged in with his password, and mistyped it, from his own place.
    AttemptFields owner = AttemptOn("user0", "198.51.100.1");
    owner.account_tag = TagOf(1000);
    rig.Try(owner, Outcome::kLoginComplete);
    owner.account_tag = TagOf(1001);
    rig.Try(owner, Outcome::kWrong);
    Crowd crowd(rig, seed);
    for (int i = 0; i < 200; ++i) {
      const AttemptFields fields = crowd.Next();
      AttemptFields right = AttemptOn("user0", "203.0.113.9");
      AttemptFields wrong = right;
      AttemptFields typo = right;
      right.account_tag = TagOf(1000);
      wrong.account_tag = TagOf(2000);
      typo.account_tag = TagOf(1001);
      const Decision answer = rig.Explain(right).decision;
      if (!Allowed(answer)) {
        ++refused;
        for (const AttemptFields& other : {right, wrong, typo}) {
          const Decision refusal = rig.Assess(other);
          EXPECT_EQ(Describe(refusal.verdict, refusal.at), Describe(answer.verdict, answer.at));
        }
      }
      crowd.Hear(fields, rig.Assess(fields));
    }
  }
  EXPECT_GT(refused, 0);
}

LATCHKEY_ON_EVERY_STORE(NoOracleTest);

}  // namespace
}  // namespace latchkey
