// Known refusals change no answer: whole histories, with them and without.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "engine/assess/refusals.h"
#include "tests/engine-assess/counting_store.h"
#include "tests/promises/promise_test.h"

namespace latchkey {
namespace {

// A history of guesses, logins and pauses by one seed, lived by a node that knows its refusals and by one
// that asks its store each time: they must answer alike.
class History {
 public:
  History(uint64_t seed, const std::string& policy)
      : dice_(seed),
        known_({.policy = policy,
                .seed = seed,
                .settings = {.refusals_kept = 256},
                .wrap = [this](SignalStore& store,
                               const Clock&) { return std::make_unique<CountingStore>(store, charges_); }}),
        plain_({.policy = policy, .seed = seed, .settings = {}, .wrap = {}}) {}

  void Live(int steps) {
    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
      const Duration pause = Pause();
      known_.clock().Advance(pause);
      plain_.clock().Advance(pause);
      Act();
    }
  }
  [[nodiscard]] int64_t by_heart() const { return by_heart_; }
  [[nodiscard]] int64_t by_heart_for_long() const { return by_heart_for_long_; }

 private:
  // Each as one of the two knows it.
  struct Two {
    Decision known;
    Decision plain;
  };

  Duration Pause() {
    constexpr Duration kPauses[] = {0ms, 1ms, 80ms, 900ms, 4s, 20s, 59s, 5min};
    std::discrete_distribution<size_t> which({10, 10, 30, 30, 20, 5, 2, 1});
    return kPauses[which(shape_)] + Duration(dice_.Below(50));
  }

  void Act() {
    const std::string account = absl::StrCat("account-", dice_.Below(2));
    if (dice_.Chance(0.01)) return Own(account);
    if (!waiting_.empty() && dice_.Chance(0.1)) return ReportLate();
    AttemptFields fields =
        AttemptOn(account, absl::StrCat("203.0.", dice_.Below(2), ".", 1 + dice_.Below(2)));
    if (dice_.Chance(0.1)) fields.challenge_kinds.clear();
    if (dice_.Chance(0.9)) fields.account_tag = TagOf(dice_.Below(4));
    AttemptFields same = fields;
    const std::string& token = account == "account-0" ? device_known_ : "";
    if (!token.empty() && dice_.Chance(0.2)) {
      fields.device_token = token;
      same.device_token = device_plain_;
    }
    if (refused_ && dice_.Chance(0.1)) {
      fields.challenge_proof = ChallengeProof{.challenge_id = refused_->known.challenge_id, .attested = true};
      same.challenge_proof = ChallengeProof{.challenge_id = refused_->plain.challenge_id, .attested = true};
    }
    const int before = charges_;
    Two two{known_.Assess(fields), plain_.Assess(same)};
    EXPECT_TRUE(two.known.verdict == two.plain.verdict)
        << "known: " << Describe(two.known) << "\nplain: " << Describe(two.plain);
    EXPECT_EQ(two.known.at, two.plain.at);
    const std::string question = absl::StrCat(account, " ", fields.source, " ", fields.challenge_kinds.size(),
                                              " ", fields.account_tag.has_value());
    if (charges_ > before) {
      asked_[question] = known_.now();
    } else {
      ++by_heart_;
      if (known_.now() - asked_[question] > Refusals::kLife) ++by_heart_for_long_;
    }
    if (!Allowed(two.known)) {
      if (!two.known.challenge_id.empty()) refused_ = std::move(two);
    } else if (dice_.Chance(0.5)) {
      Report(two, account);
    } else {
      waiting_.emplace_back(std::move(two), account);
    }
  }

  void Report(const Two& two, const std::string& account) {
    constexpr Outcome kOutcomes[] = {Outcome::kWrong, Outcome::kRight, Outcome::kLoginComplete,
                                     Outcome::kNotVerified};
    std::discrete_distribution<size_t> which({80, 5, 5, 10});
    const Outcome outcome = kOutcomes[which(shape_)];
    const ReportResult known = known_.ReportOutcome(two.known, outcome);
    const ReportResult plain = plain_.ReportOutcome(two.plain, outcome);
    if (account != "account-0" || known.device_token.empty()) return;
    device_known_ = known.device_token;
    device_plain_ = plain.device_token;
  }

  void ReportLate() {
    const size_t which = static_cast<size_t>(dice_.Below(static_cast<int>(waiting_.size())));
    const auto [two, account] = waiting_[which];
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(which));
    Report(two, account);
  }

  void Own(const std::string& account) {
    switch (dice_.Below(3)) {
      case 0:
        device_known_ = known_.Confirm("account-0").device_token;
        device_plain_ = plain_.Confirm("account-0").device_token;
        return;
      case 1:
        for (EngineRig* rig : {&known_, &plain_}) rig->Import(account, "203.0.1.2");
        return;
      default:
        for (EngineRig* rig : {&known_, &plain_}) rig->AddStake(account, rig->now() + 30s);
    }
  }

  Dice dice_;
  std::mt19937_64 shape_{dice_.Below(1 << 30) + 1U};
  int charges_ = 0;
  EngineRig known_;
  EngineRig plain_;
  std::map<std::string, TimePoint> asked_;
  std::vector<std::pair<Two, std::string>> waiting_;
  std::optional<Two> refused_;
  std::string device_known_;
  std::string device_plain_;
  int64_t by_heart_ = 0;
  int64_t by_heart_for_long_ = 0;
};

TEST(KnownRefusalsTest, ANodeThatKnowsThemAnswersAsOneThatAsksItsStoreEachTime) {
  const std::string short_limits = R"(
version: 1
name: short
bounds: { 24h: 1000000 }
accept_risk: [P1, P2, P4, P5, P7, P8, P10]
lanes:
  device:     { failures: 3, until: success, devices: 6, token_ttl: 90d }
  recovered:  { failures: 3, until: success, recoveries: [2 per 24h] }
  familiar:   { failures: [2 per 1m], sources: 2, remember: 5m }
  challenged: { failures: [2 per 40s] }
  stranger:   { failures: [12 per 2m] }
stakes: { limits: [ { above: 1, in: 5m, then: challenge } ] }
rules:
  - id: guesses
    count: failures
    by: [account]
    from: [stranger]
    limits:
      - { above: 2, in: 30s, then: challenge }
      - { above: 4, in: 90s, then: throttle, wait: { first: 3s, factor: 2, max: 40s } }
      - { above: 7, in: 2m, then: lockout, for: 150s }
  - id: places
    count: distinct accounts
    by: [source]
    from: [stranger]
    limits: [ { above: 1, in: 50s, then: throttle, wait: { first: 2s, max: 10s } } ]
)";
  int64_t by_heart = 0;
  int64_t by_heart_for_long = 0;
  for (const std::string& policy : {DefaultPolicyText(), short_limits}) {
    for (uint64_t seed = 1; seed <= SeedsToTry(12, StoreKind::kMemory) && !HasFailure(); ++seed) {
      SCOPED_TRACE(absl::StrCat("seed ", seed));
      History history(seed, policy);
      history.Live(600);
      by_heart += history.by_heart();
      by_heart_for_long += history.by_heart_for_long();
    }
  }
  EXPECT_GT(by_heart, 1000);
  EXPECT_GT(by_heart_for_long, 500) << "longer than where other nodes write too";
}

}  // namespace
}  // namespace latchkey
