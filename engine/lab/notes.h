// What is noted while a simulated day passes; figures are made of it at its end.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "engine/assess/decision.h"
#include "engine/base/clock.h"
#include "engine/detect/finding.h"

namespace latchkey::lab {

// One login of a person, from the first try to getting in or giving up.
struct SessionNote {
  uint32_t account = 0;
  bool known = false;  // the browser held a device token when it began
  bool refused = false;
  bool challenged = false;
  bool in = false;
  bool first_right_allowed = false;  // the first right password was let in at once
  uint16_t wrong = 0;
  uint16_t right = 0;          // right passwords sent before any recovery
  uint16_t right_allowed = 0;  // … and let in
  Duration took{0};
};

// One answer to an owner on a device that was known before the day began.
struct AnswerNote {
  uint64_t key = 0;          // whose, of which login, which try
  uint64_t owner = 0;        // whose
  uint64_t fingerprint = 0;  // of every field but ids and seals
  bool by_device = false;    // answered in lane device: its budget was not spent
};

// Every field but ids, seals and the word of a shadowed policy.
[[nodiscard]] uint64_t FingerprintOf(const Decision& decision);

// How many answers of the calm day were another one, or were not given, with the attack. Owners are compared
// until they have spent their device's own budget. Both logs in the order of time.
struct Changed {
  int64_t compared = 0;
  int64_t changed = 0;
};
[[nodiscard]] Changed Compare(const std::vector<AnswerNote>& calm, const std::vector<AnswerNote>& attacked);

// What the owner of an attacked account would have been answered at a moment.
struct ProbeNote {
  uint32_t account = 0;
  TimePoint at;
  std::optional<Action> known;  // absent: he has no known device
  Action on_new = Action::kAllow;
};

// What detectors told, and when.
struct FindingNote {
  Finding finding;
  TimePoint at;
};

struct AttackNotes {
  int64_t requests = 0;
  int64_t captchas = 0;
  int64_t tokens_accepted = 0;
  int64_t oracle_pairs = 0;
  int64_t oracle_differences = 0;
  std::optional<TimePoint> first_request;
  std::optional<TimePoint> last_request;
  std::optional<TimePoint> first_refused;
  std::optional<TimePoint> first_standing;
  absl::flat_hash_set<Key> sources;  // that attackers used
  absl::flat_hash_set<Key> guilty;   // accounts of people who attack
};

struct Notes {
  std::vector<SessionNote> sessions;
  std::vector<AnswerNote> answers;
  std::vector<ProbeNote> probes;
  std::vector<FindingNote> findings;
  AttackNotes attack;
  int64_t attempts = 0;
  int64_t degraded = 0;
  int64_t mails = 0;
  Duration refusal_max{0};
  size_t memory_max = 0;
};

}  // namespace latchkey::lab
