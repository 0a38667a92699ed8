// A compiled policy: checked, immutable, ready to be asked on every attempt.
//
// Compiling turns each rule and each lane's budget into a counter (what is kept, for how long) and, lane by
// lane, into a program: which counters an attempt in that lane feeds and which limits it must pass.
//
// Immutable after Compile, so any number of threads may read it.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "engine/policy/rule.h"
#include "engine/signal/record.h"
#include "engine/signal/series.h"
#include "engine/signal/shard.h"

namespace latchkey {

// Where a counter is kept.
enum class Shard : uint8_t {
  kAccount,  // the account's record
  kSource,   // the record of the source's network
  kNode,     // this node alone: tenant-wide and ASN-wide counts, so that no key of the store is hot
};

// How the place of a series within its record is chosen.
enum class Place : uint8_t {
  kOnly,   // one of a kind: sub 0
  kSlot,   // the slot (device, recovery, familiar source) that the attempt is answered in
  kHost,   // the source within its network
  kTable,  // eight places, by hash of the key: overcounts when two share one
};

inline constexpr uint16_t kTablePlaces = 8;
// Table places follow those of slots, a run of eight a lane: a stranger's pair never displaces a slot's.
[[nodiscard]] constexpr uint16_t TablePlace(Lane lane, uint64_t hash) {
  return static_cast<uint16_t>(64 + 8 * static_cast<int>(lane) + static_cast<int>(hash % kTablePlaces));
}

struct Counter {
  uint16_t signature = 0;  // with SeriesId's distinct and ever bits
  Shard shard = Shard::kAccount;
  CountKind count = CountKind::kFailures;
  OutcomeFilter outcome = OutcomeFilter::kAny;
  std::vector<KeyKind> by;
  std::vector<Duration> windows;  // ascending
  Duration horizon{0};
  size_t members_max = 0;
  bool cleared_by_success = false;
  When when;
  Weights weights;
  bool by_asn = false;  // one of `by`
  std::string text;     // "failures by account, source"

  [[nodiscard]] bool distinct() const { return (signature & SeriesId::kDistinctBit) != 0; }
  [[nodiscard]] Retention retention() const { return {windows, horizon, members_max}; }
  // Charged when the attempt is admitted (else when its success is reported).
  [[nodiscard]] bool charged_on_admission() const {
    return count != CountKind::kSuccesses && outcome != OutcomeFilter::kSuccess;
  }
  // Given back when the attempt succeeds.
  [[nodiscard]] bool given_back_on_success() const {
    // Tags of right passwords are never kept.
    return count == CountKind::kFailures || count == CountKind::kDistinctPasswordTags ||
           (charged_on_admission() && outcome == OutcomeFilter::kFailure);
  }
};

// What limits of no rule have as theirs.
inline constexpr int kBudgetRule = -1;
inline constexpr int kStakesRule = -2;

// A limit as an attempt meets it, with where it comes from.
struct AppliedLimit {
  Limit limit;
  int rule = kBudgetRule;  // index into Policy::rules(), or one of the two above
  int limit_index = 0;     // within the rule, the budget or `stakes:`
  bool shadow = false;     // evaluated and reported, never enforced
  // Met only because something is at stake for the account.
  [[nodiscard]] bool of_stake() const { return rule == kStakesRule; }
};

// One counter as one lane meets it.
struct Step {
  int counter = 0;  // index into Policy::counters()
  Place place = Place::kOnly;
  bool charged = false;  // attempts in this lane feed it
  std::vector<AppliedLimit> limits;
  bool shadowed = false;  // one of them is
  CounterAsk ask;         // what a store is asked, but for what each attempt has of its own
};

class Policy {
 public:
  // Everything that is wrong is reported, not only the first. `revision` numbers the policy in the answers.
  // Returns null exactly when `diagnostics` is not empty.
  static std::shared_ptr<const Policy> Compile(PolicySpec spec, int64_t revision,
                                               std::vector<Diagnostic>& diagnostics);

  [[nodiscard]] const PolicySpec& spec() const { return spec_; }
  [[nodiscard]] int64_t revision() const { return revision_; }
  // Another number for every policy that this process has compiled.
  [[nodiscard]] uint64_t serial() const { return serial_; }
  [[nodiscard]] const std::vector<Rule>& rules() const { return spec_.rules; }
  [[nodiscard]] const std::vector<Counter>& counters() const { return counters_; }
  [[nodiscard]] const std::vector<Step>& program(Lane lane) const {
    return programs_[static_cast<size_t>(lane)];
  }
  // What strangers meet on an account for which something is at stake: the same steps in the same order,
  // with more limits. Empty: a stake changes nothing.
  [[nodiscard]] const std::vector<Step>& program_at_stake() const { return program_at_stake_; }
  [[nodiscard]] bool heeds_stakes() const { return !program_at_stake_.empty(); }
  [[nodiscard]] const LaneBudget& budget(Lane lane) const;
  // "stranger-guesses" or, for a budget, "lanes.stranger"; "stakes".
  [[nodiscard]] std::string RuleName(Lane lane, const AppliedLimit& limit) const;
  // How long a record is kept after it was last written: no window, slot or hold outlives it.
  [[nodiscard]] Duration keep() const { return keep_; }
  [[nodiscard]] int slots_max(Lane lane) const;
  // Whether a limit reads what each node counts for itself.
  [[nodiscard]] bool counts_on_node() const { return counts_on_node_; }
  // The largest packed value that this policy can make of an account's shard, in bytes.
  [[nodiscard]] size_t record_bytes_max() const { return record_bytes_max_; }

 private:
  friend class PolicyCompiler;
  Policy() = default;

  PolicySpec spec_;
  int64_t revision_ = 0;
  uint64_t serial_ = 0;
  std::vector<Counter> counters_;
  std::array<std::vector<Step>, kLaneCount> programs_;
  std::vector<Step> program_at_stake_;
  Duration keep_{0};
  bool counts_on_node_ = false;
  size_t record_bytes_max_ = 0;
};

}  // namespace latchkey
