// What a recording keeps of an attempt, and of what came of it.
//
// Names are pseudonyms unless the recording keeps names: values of the same kind (an account, an address),
// made by a keyed hash, so that a replay counts as the engine did. Attempts of one account, one source or one
// network stay together; nobody can tell whose they are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "engine/assess/decision.h"
#include "engine/assess/observer.h"
#include "engine/attempt/attempt.h"

namespace latchkey {

// A device token or recovery token that was valid.
struct RecordedProof {
  uint64_t id = 0;  // 48 bits
  TimePoint issued;
  bool operator==(const RecordedProof&) const = default;
};

struct RecordedAttempt {
  TimePoint at;
  uint64_t decision = 0;  // 63 bits; what a report names its attempt by
  std::string tenant;
  std::string account;
  std::string source;
  std::string path;
  std::string group;
  uint32_t asn = 0;
  Factor factor = Factor::kPassword;
  bool popular_password = false;
  bool can_challenge = false;
  bool first_factor_passed = false;
  std::optional<RecordedProof> device;
  std::optional<RecordedProof> recovery;
  bool challenge_passed = false;
  bool at_stake = false;  // something was, for the account, whatever the policy made of it

  // What was answered, unless nobody was asked: a line of a log.
  bool decided = true;
  Action action = Action::kAllow;
  Lane lane = Lane::kStranger;
  std::string rule;  // that refused; empty for ALLOW
  int64_t policy_revision = 0;
  bool degraded = false;
  bool operator==(const RecordedAttempt&) const = default;
};

// What was reported of the attempt with this decision.
struct RecordedOutcome {
  TimePoint at;
  uint64_t decision = 0;
  Outcome outcome = Outcome::kWrong;
  // Tags of wrong passwords; those of right ones are never kept.
  std::optional<uint16_t> account_tag;
  std::optional<uint16_t> tenant_tag;
  uint64_t new_device = 0;  // that a completed login minted
  bool operator==(const RecordedOutcome&) const = default;
};

using RecordedEvent = std::variant<RecordedAttempt, RecordedOutcome>;

[[nodiscard]] inline TimePoint TimeOf(const RecordedEvent& event) {
  return std::visit([](const auto& e) { return e.at; }, event);
}

}  // namespace latchkey
