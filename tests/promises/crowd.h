// A crowd at the login page: owners with devices, places and recoveries, strangers, guessers who solve
// CAPTCHAs, sprayers and floods. Every choice comes from one seed.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/promises/promise_test.h"

namespace latchkey {

class Crowd {
 public:
  Crowd(EngineRig& rig, uint64_t seed) : rig_(rig), dice_(seed) {}

  // Lets time pass, in which earlier attempts are reported and owners act; answers what is tried next.
  AttemptFields Next() {
    if (flood_ > 0) {
      --flood_;
      rig_.clock().Advance(Duration(dice_.Below(50)));
      return again_;
    }
    Wait(dice_.Pause());
    if (dice_.Chance(0.03)) OwnerActs();
    again_ = Fields();
    if (dice_.Chance(0.05)) flood_ = 30;
    return again_;
  }

  // Tells the crowd what its attempt was answered.
  void Hear(const AttemptFields& fields, const Decision& decision) {
    if (!decision.challenge_id.empty()) challenges_[fields.account] = decision.challenge_id;
    if (!Allowed(decision) || dice_.Chance(0.1)) return;
    const Duration check(dice_.Chance(0.1) ? dice_.Below(150'000) : dice_.Below(2000));
    const bool owner = !fields.device_token.empty() || !fields.recovery_token.empty() || dice_.Chance(0.1);
    const Outcome outcomes[] = {Outcome::kWrong, Outcome::kWrong, Outcome::kWrong, Outcome::kUnknownAccount,
                                Outcome::kNotVerified};
    const Outcome outcome = owner && dice_.Chance(0.5) ? Outcome::kLoginComplete
                            : dice_.Chance(0.05)       ? Outcome::kRight
                                                       : dice_.OneOf(outcomes);
    pending_.emplace(rig_.now() + check, Told{fields.account, decision, outcome});
  }

  void Wait(Duration pause) {
    const TimePoint until = rig_.now() + pause;
    while (!pending_.empty() && pending_.begin()->first <= until) {
      rig_.clock().Set(std::max(pending_.begin()->first, rig_.now()));
      const Told told = std::move(pending_.begin()->second);
      pending_.erase(pending_.begin());
      const std::string token = rig_.ReportOutcome(told.decision, told.outcome).device_token;
      if (!token.empty()) devices_[told.account].push_back(token);
    }
    rig_.clock().Set(std::max(until, rig_.now()));
  }

 private:
  struct Told {
    std::string account;
    Decision decision;
    Outcome outcome;
  };

  AttemptFields Fields() {
    const std::string account = absl::StrCat("user", dice_.Chance(0.8) ? dice_.Below(3) : dice_.Below(200));
    AttemptFields fields = AttemptOn(account, absl::StrCat("203.0.", dice_.Below(3), ".", dice_.Below(8)));
    if (dice_.Chance(0.1)) fields.source = "2001:db8:1:2::3";
    if (dice_.Chance(0.3)) fields.challenge_kinds.clear();
    if (dice_.Chance(0.2)) fields.path = "imap";
    if (dice_.Chance(0.5)) fields.account_tag = TagOf(dice_.Below(40));
    if (dice_.Chance(0.3)) fields.tenant_tag = TagOf(dice_.Below(40));
    fields.popular_password = dice_.Chance(0.2);
    fields.asn = static_cast<uint32_t>(dice_.Below(3));
    if (auto& owned = devices_[account]; !owned.empty() && dice_.Chance(0.4))
      fields.device_token = dice_.OneOf(owned);
    if (auto& opened = recoveries_[account]; !opened.empty() && dice_.Chance(0.3))
      fields.recovery_token = dice_.OneOf(opened);
    if (auto offered = challenges_.find(account); offered != challenges_.end() && dice_.Chance(0.3))
      fields.challenge_proof = ChallengeProof{offered->second, true};
    return fields;
  }

  void OwnerActs() {
    const std::string account = absl::StrCat("user", dice_.Below(3));
    switch (dice_.Below(4)) {
      case 0:
      case 1: {
        const Confirmation confirmed = rig_.Confirm(account);
        if (!confirmed.recovery_token.empty()) recoveries_[account].push_back(confirmed.recovery_token);
        devices_[account].push_back(confirmed.device_token);
        break;
      }
      case 2:
        rig_.Import(account, absl::StrCat("203.0.", dice_.Below(3), ".", dice_.Below(8)));
        break;
      default:
        devices_[account] = {rig_.RevokeAll(account).device_token};
        break;
    }
  }

  EngineRig& rig_;
  Dice dice_;
  int flood_ = 0;
  AttemptFields again_;
  std::multimap<TimePoint, Told> pending_;
  std::map<std::string, std::vector<std::string>> devices_, recoveries_;
  std::map<std::string, std::string> challenges_;
};

// Rules of every kind: pairs, tags, tenant and autonomous system, weights, holds, a shadow.
inline const char* const kManyKindsOfRules = R"(version: 1
name: many-kinds
bounds: { 24h: 200 }
accept_risk: [P1, P2, P10]
lanes:
  device:     { failures: 3, until: success, devices: 2, token_ttl: 90d }
  recovered:  { failures: 5, until: success, recoveries: [2 per 24h, 3 per 30d] }
  familiar:   { failures: [4 per 24h, 6 per 30d], sources: 2, remember: 30d }
  challenged: { failures: [6 per 1h, 15 per 24h] }
  stranger:   { failures: [25 per 24h, 60 per 30d] }
rules:
  - id: guesses
    count: failures
    by: [account]
    from: [stranger]
    weights: { popular_password: 2 }
    limits:
      - { above: 5, in: 15m, then: challenge }
      - { above: 8, in: 1h, then: throttle, wait: { first: 30s, factor: 2, max: 1h } }
      - { above: 16, in: 24h, then: lockout, for: 3h }
  - id: pair
    count: failures
    by: [account, source]
    from: [stranger]
    limits: [ { above: 4, in: 10m, then: throttle, wait: { first: 5s, factor: 3, max: 10m } } ]
  - id: tags
    count: distinct password-tags
    by: [account]
    from: [stranger]
    limits: [ { above: 3, in: 1h, then: lockout, for: 90s } ]
  - id: busy-source
    count: attempts
    by: [source]
    from: [stranger]
    limits: [ { above: 5, in: 10m, then: lockout, for: 20m } ]
  - id: spraying-network
    count: distinct accounts
    by: [network]
    from: [stranger]
    limits: [ { above: 5, in: 10m, then: challenge } ]
  - id: whole-tenant
    count: attempts
    by: [tenant]
    from: [stranger]
    limits: [ { above: 20, in: 10m, then: throttle, wait: { first: 1s, factor: 2, max: 1m } } ]
  - id: whole-asn
    count: distinct accounts
    by: [asn]
    from: [stranger]
    limits: [ { above: 3, in: 10m, then: challenge } ]
  - id: mail-clients
    count: attempts
    by: [account]
    from: [stranger]
    when: { path: [imap] }
    limits: [ { above: 3, in: 1m, then: throttle, wait: { first: 500ms, max: 500ms } } ]
  - id: patient-guesses
    count: failures
    by: [account]
    from: [stranger]
    when: { popular_password: true }
    limits:
      - { above: 4, in: ever, quiet: 40m, then: throttle, wait: { first: 20s, factor: 2, max: 1h } }
  - id: stricter
    count: failures
    by: [account]
    from: [stranger]
    mode: shadow
    limits: [ { above: 2, in: 15m, then: lockout, for: 1h } ]
)";

}  // namespace latchkey
