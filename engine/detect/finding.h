// What a detector says: an attack, whom it hits, who seems to be behind it, and on what evidence.
//
// A finding is a value. It accuses nobody: it is evidence that people read, and it penalises no account.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/attempt/key.h"
#include "engine/base/clock.h"

namespace latchkey {

// The numbers are those of latchkey.v1.AttackKind and are stored: they never change.
enum class AttackKind : uint8_t {
  kLockoutSabotage = 1,
  kCredentialStuffing = 2,
  kPasswordSpray = 3,
  kTargetedGuessing = 4,
  kDistributedGuessing = 5,
  kLowAndSlow = 6,
  kTokenTheft = 7,
  kCounterLaundering = 8,
  kKeyFlood = 9,
};

// What a kind of attack is called elsewhere. `id` is stable: logs, metrics and incidents carry it.
struct AttackName {
  AttackKind kind;
  std::string_view id;      // "lockout-sabotage"
  std::string_view attack;  // MITRE ATT&CK technique, "T1499.004"
  std::string_view capec;   // "CAPEC-2"
  std::string_view cwe;     // "CWE-645"
  std::string_view text;    // what it is, in one sentence
};
[[nodiscard]] const AttackName& NameOf(AttackKind kind);
inline constexpr int kAttackKinds = 9;
[[nodiscard]] std::optional<AttackKind> AttackKindOf(std::string_view id);

enum class Severity : uint8_t { kLow = 1, kMedium = 2, kHigh = 3, kCritical = 4 };
inline constexpr int kSeverityLevels = 4;
[[nodiscard]] std::string_view SeverityName(Severity severity);  // "low", …

// One term of what speaks for (or against) a finding. Terms add up: log likelihood ratios, natural logarithm.
struct EvidenceTerm {
  std::string name;   // "distinct passwords a failure"
  double value = 0;   // 0.014
  double weight = 0;  // its log likelihood ratio; negative speaks against
  std::string text;   // "143 failures, 2 distinct passwords"
  bool operator==(const EvidenceTerm&) const = default;
};

// An account, by its key and, where the server may show names, by "tenant/account".
struct NamedAccount {
  Key key;
  std::string name;  // empty: not shown
  bool operator==(const NamedAccount&) const = default;
};

// A source or network, by its pseudonym and, where the server may show names, by its address.
struct NamedSource {
  Key key;
  std::string name;  // empty: not shown
  bool operator==(const NamedSource&) const = default;
};

// Somebody who may be behind an attack, and why. A shared address alone never makes one.
struct Suspect {
  NamedAccount account;
  double confidence = 0;  // 0 … 1
  std::string text;       // "logged in from the same address 4 min ago; both bid in auction-17"
  std::vector<EvidenceTerm> evidence;
  bool operator==(const Suspect&) const = default;
};

// How attempts were answered, by action.
struct ActionCounts {
  int64_t allow = 0;
  int64_t throttle = 0;
  int64_t challenge = 0;
  int64_t lockout = 0;

  ActionCounts& operator+=(const ActionCounts& more) {
    allow += more.allow;
    throttle += more.throttle;
    challenge += more.challenge;
    lockout += more.lockout;
    return *this;
  }
  bool operator==(const ActionCounts&) const = default;
};

struct Finding {
  AttackKind kind = AttackKind::kLockoutSabotage;
  Severity severity = Severity::kMedium;
  std::string tenant;
  // Whom or what it is about: findings of one kind, tenant and subject are one incident. The victim's key
  // where there is one victim, the source's or network's where there is one attacker, zero otherwise.
  Key subject;
  TimePoint first_seen;
  TimePoint last_seen;
  double confidence = 0;  // 0 … 1
  std::string text;       // one sentence for a person, with the numbers
  // How many there were, by what was counted, oldest figures included: "attempts", "failures", "refusals",
  // "distinct passwords", "distinct sources", "distinct accounts".
  int64_t attempts = 0;
  int64_t failures = 0;
  int64_t refusals = 0;
  int64_t distinct_passwords = 0;
  int64_t distinct_sources = 0;
  int64_t distinct_accounts = 0;
  ActionCounts decisions;  // on those of the attempts that were wrong or refused
  // The first of each, bounded by kListMax.
  std::vector<NamedAccount> victims;
  std::vector<NamedSource> sources;
  std::vector<NamedSource> networks;
  std::vector<Suspect> suspects;       // most likely first
  std::vector<std::string> workflows;  // with a stake of a victim
  std::vector<EvidenceTerm> evidence;

  static constexpr size_t kListMax = 32;
};

// Who hears of findings (port). Called on the thread that answers a login: must be fast and thread-safe. The
// same attack is found again and again while it goes on; what is counted grows.
class FindingSink {
 public:
  virtual ~FindingSink() = default;
  virtual void OnFinding(const Finding& finding, TimePoint now) = 0;
};

}  // namespace latchkey
