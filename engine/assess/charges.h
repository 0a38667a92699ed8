// What to count for an attempt: a pure function of the attempt, its proofs and the policy.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "engine/attempt/attempt_keys.h"
#include "engine/policy/policy.h"
#include "engine/signal/shard.h"

namespace latchkey {

// The attempt's proofs that opened: what may lift it above the strangers.
struct Proofs {
  struct Token {
    uint64_t id = 0;
    int64_t epoch = 0;
  };
  std::optional<Token> device;
  std::optional<Token> recovery;
  std::optional<uint64_t> challenge;

  [[nodiscard]] bool any() const { return device || recovery || challenge; }
};

// What an attempt is counted by; all of it known before the store is asked.
struct Facts {
  Key account;
  Key network;
  uint64_t source = 0;        // 48 bits
  uint16_t source_place = 0;  // within its network
  uint64_t tenant = 0;
  uint32_t asn = 0;
  std::string path;
  std::string group;
  Factor factor = Factor::kPassword;
  bool popular_password = false;
  bool can_challenge = false;  // the path can show a challenge that we accept
  bool at_stake = false;       // the policy asks, and something is at stake for the account
  std::optional<uint16_t> account_tag;
  std::optional<uint16_t> tenant_tag;
};

// One counter of one lane, resolved for this attempt.
struct PlannedStep {
  const Step* step = nullptr;
  const Counter* counter = nullptr;
  bool sub_is_slot = false;
  uint16_t sub = 0;
  int64_t weight = 1;
  uint64_t member = 0;
  // Of a counter of the node: its charges as they were then (node_counters.h).
  std::vector<Entry> node_entries;
  TimePoint node_time;
};

// Of the usual policies all steps and lanes are in the plan itself, without memory of their own.
struct PlannedLane {
  Lane lane = Lane::kStranger;
  // While the store cannot be asked: the part of each limit that this node admits, or no limit at all.
  double share = 1;
  bool limited = true;
  bool at_stake = false;   // its steps are those of Policy::program_at_stake
  uint64_t step_bits = 0;  // which steps of its program these are, of the first 64
  absl::InlinedVector<PlannedStep, 8> steps;
};

struct Plan {
  absl::InlinedVector<PlannedLane, 2> lanes;  // strongest first, parallel to the request's
  PlannedLane challenged;                     // what a solved challenge would meet: "the next way up"
};

[[nodiscard]] Facts FactsOf(const Attempt& attempt, const AttemptKeys& keys);

[[nodiscard]] Plan PlanCharges(const Policy& policy, const Facts& facts, const Proofs& proofs);
// The same into a plan that was used before, but for `challenged`, which only refusals need.
void PlanLanes(const Policy& policy, const Facts& facts, const Proofs& proofs, Plan& plan);

// The steps of one lane that concern such an attempt.
[[nodiscard]] PlannedLane PlanLane(const Policy& policy, const Facts& facts, const Proofs& proofs, Lane lane);

// Makes of it what it is on an account with nothing at stake.
void ForgetStake(const Policy& policy, PlannedLane& lane);

// Whether a limit of the plan reads what this node alone has counted.
[[nodiscard]] bool CountsOnNode(const Policy& policy, const Plan& plan);

// A limit of the policy as a lane with a share of less than one meets it.
[[nodiscard]] Limit SharedLimit(const PlannedLane& lane, const Limit& limit);

// The question to the store. Shadowed limits are left out: they are never enforced. A lane that a counter of
// the node refuses gets a limit of nothing, so that it is closed and nothing is charged.
[[nodiscard]] LaneAsk AskOf(const Policy& policy, const PlannedLane& lane, const Facts& facts,
                            const Proofs& proofs, Duration token_life);

// What a question was made of that is the same for all attempts alike.
struct AskForm {
  uint64_t policy = 0;  // its serial; 0: none
  uint64_t step_bits = 0;
  Lane lane = Lane::kStranger;
  bool at_stake = false;
  bool operator==(const AskForm&) const = default;
};
// The same into a question that was used before, in the memory that it has. When it has this form, only what
// each attempt has of its own is written.
void AskInto(const Policy& policy, const PlannedLane& lane, const Facts& facts, const Proofs& proofs,
             Duration token_life, LaneAsk& ask, AskForm& form);

}  // namespace latchkey
