// A policy as data: what is counted, by what key, from which lanes, and what happens past which limit.
//
// The language is DESIGN.md §5's: docs of each field are the meaning that the loader, the stores and the
// certificate share. Plain values; a PolicySpec is checked and turned into a Policy by Policy::Compile.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/attempt/factor.h"
#include "engine/attempt/lane.h"
#include "engine/base/clock.h"
#include "engine/policy/detect_spec.h"
#include "engine/signal/limit.h"

namespace latchkey {

enum class CountKind : uint8_t {
  kAttempts,          // admitted attempts, whatever came of them
  kFailures,          // admitted attempts less those given back: every reservation counts until it succeeds
  kSuccesses,         // completed logins
  kDistinctAccounts,  // different accounts tried
  kDistinctPasswordTags,  // different password tags tried (attempts without a tag are not counted)
  kDistinctSources,       // different sources that tried
};

enum class KeyKind : uint8_t { kAccount, kSource, kNetwork, kAsn, kDevice, kTenant };

// Of a distinct count: which attempts feed it.
enum class OutcomeFilter : uint8_t { kAny, kFailure, kSuccess };

// What clears a count that never grows old.
enum class Until : uint8_t { kWindow, kSuccess, kOperator };

// `limits:` of a rule. `to` empty: the lanes the rule counts from.
struct RuleLimit {
  Limit limit;
  Until until = Until::kWindow;
  LaneSet to;
};

// Restricts a rule to some attempts; an empty set restricts nothing.
struct When {
  std::set<std::string> paths;
  std::set<Factor> factors;  // empty: passwords alone
  std::set<std::string> groups;
  bool popular_password = false;  // only passwords that the caller calls popular
  bool operator==(const When&) const = default;
};

// What one attempt adds to a rule's count: the largest weight whose attribute it has, else 1.
struct Weights {
  int64_t popular_password = 1;
  std::map<std::string, int64_t> paths;
  bool operator==(const Weights&) const = default;
};

enum class Mode : uint8_t { kEnforce, kShadow };

struct Rule {
  std::string id;
  CountKind count = CountKind::kFailures;
  std::vector<KeyKind> by;  // one or two
  LaneSet from;
  OutcomeFilter outcome = OutcomeFilter::kAny;
  When when;
  Weights weights;
  Mode mode = Mode::kEnforce;
  std::vector<RuleLimit> limits;
};

// `stakes:`: while something is at stake for an account, its strangers are challenged past so many failures.
// What could keep somebody out is not in the language: no throttle, no lockout, no other lane.
struct StakesSpec {
  std::vector<Limit> limits;  // empty: a stake changes no answer
  Mode mode = Mode::kEnforce;
};

// "4 per 24h".
struct Allowance {
  int64_t count = 0;
  Duration window{0};
  bool operator==(const Allowance&) const = default;
};

// What a lane answers while the store cannot be asked.
enum class OnStoreLoss : uint8_t { kAllow, kLocal, kChallenge, kRefuse };

// The budget of a lane: how many failures it may have before it is answered otherwise than ALLOW.
struct LaneBudget {
  std::vector<Allowance> failures;  // windowed; empty when consecutive
  int64_t consecutive = 0;          // until a success; zero when windowed
  OnStoreLoss on_store_loss = OnStoreLoss::kLocal;
};

struct DeviceLane : LaneBudget {
  int64_t devices = 6;
  Duration token_ttl = std::chrono::hours(24 * 90);
};

struct RecoveredLane : LaneBudget {
  std::vector<Allowance> recoveries;
  Duration token_ttl = std::chrono::hours(1);
};

struct FamiliarLane : LaneBudget {
  int64_t sources = 5;
  Duration remember = std::chrono::hours(24 * 30);
};

struct ChallengedLane : LaneBudget {
  Duration valid = std::chrono::minutes(10);  // how long a challenge may be brought back
};

struct StrangerLane : LaneBudget {};

// A budget of one-time or recovery codes: what strangers and challenged attempts have together on an account.
// In the lanes of a proof of the owner's, codes of both kinds have the lane's own budget once more.
struct FactorBudget {
  std::vector<Allowance> failures;
};

struct PolicySpec {
  int64_t version = 1;
  std::string name;
  std::map<Duration, int64_t> bounds;  // span → verified wrong passwords; the certificate must prove them
  std::optional<int64_t> consecutive_bound;
  std::set<std::string> accept_risk;  // promises given up knowingly: "P1" … "P11"
  DeviceLane device;
  RecoveredLane recovered;
  FamiliarLane familiar;
  ChallengedLane challenged;
  StrangerLane stranger;
  std::map<Factor, FactorBudget> factors;
  // The share of each limit that one node admits by itself while the store cannot be asked, in (0, 1].
  double local_share = 0.2;
  std::vector<Rule> rules;
  StakesSpec stakes;
  DetectSpec detect;
};

// What is wrong with a policy, where (as "rules[1].limits[0].wait.first") and how to mend it.
struct Diagnostic {
  std::string path;
  std::string message;
  std::string mend;
};

[[nodiscard]] std::string_view CountKindName(CountKind kind);  // "distinct accounts", …
[[nodiscard]] std::optional<CountKind> CountKindFromName(std::string_view name);
[[nodiscard]] std::string_view KeyKindName(KeyKind kind);  // "account", …
[[nodiscard]] std::optional<KeyKind> KeyKindFromName(std::string_view name);
[[nodiscard]] std::string_view ConsequenceName(Consequence then);  // "challenge", "throttle", "lockout"
[[nodiscard]] std::string_view OnStoreLossName(
    OnStoreLoss on_loss);  // "allow", "local", "challenge", "refuse"

}  // namespace latchkey
