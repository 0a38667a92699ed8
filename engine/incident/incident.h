// Incidents: recognised attacks, as people read, acknowledge and close them.
//
// An incident is made of findings. All nodes fold theirs into one incident, as long as it goes on; silence
// ends it. What people say of it (acknowledged, resolved, false alarm) is theirs alone and holds until then.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "engine/detect/finding.h"

namespace latchkey {

// The numbers are stored: they never change.
enum class IncidentState : uint8_t { kOpen = 1, kAcknowledged = 2, kResolved = 3, kFalseAlarm = 4 };

// What one node has counted of it.
struct IncidentCounts {
  uint64_t node = 0;  // the node's instance; 0: nodes that are no longer told apart
  int64_t attempts = 0;
  int64_t failures = 0;
  int64_t refusals = 0;
  int64_t distinct_passwords = 0;
  int64_t distinct_sources = 0;
  int64_t distinct_accounts = 0;
  ActionCounts decisions;  // on the attempts; nothing was counted by releases before this was
  bool operator==(const IncidentCounts&) const = default;
};

struct IncidentNote {
  TimePoint at;
  std::string author;  // empty: Latchkey
  std::string text;
  bool operator==(const IncidentNote&) const = default;
};

struct Incident {
  std::string id;  // 16 hexadecimal digits
  AttackKind kind = AttackKind::kLockoutSabotage;
  Severity severity = Severity::kMedium;  // the gravest so far
  std::string tenant;
  Key subject;
  TimePoint first_seen;
  TimePoint last_seen;
  TimePoint ended;                     // when silence was noticed; zero: it goes on
  double confidence = 0;               // the highest so far
  std::string text;                    // of the latest finding
  std::vector<IncidentCounts> counts;  // by node
  std::vector<NamedAccount> victims;
  std::vector<NamedSource> sources;
  std::vector<NamedSource> networks;
  std::vector<Suspect> suspects;  // most likely first
  std::vector<std::string> workflows;
  std::vector<EvidenceTerm> evidence;  // of the most confident finding
  std::vector<IncidentNote> timeline;  // oldest first
  IncidentState state = IncidentState::kOpen;
  std::string author;  // who has set the state; empty: Latchkey
  std::string reason;
  TimePoint state_since;
  int64_t changes = 0;  // that the ledger has taken since it was opened

  [[nodiscard]] bool goes_on() const { return ended == TimePoint(); }
  // Of all nodes: sums, and of distinct things the most that one node has seen.
  [[nodiscard]] IncidentCounts Total() const;

  bool operator==(const Incident&) const = default;
};

inline constexpr size_t kIncidentNodesMax = 16;
inline constexpr size_t kIncidentNotesMax = 64;
inline constexpr size_t kIncidentTextMax = 512;

// Findings of the same claim are one incident, while it goes on. 1 to 64 printable bytes.
[[nodiscard]] std::string ClaimOf(const Finding& finding);
[[nodiscard]] std::string ClaimOf(const Incident& incident);

[[nodiscard]] Incident OpenIncident(std::string id, const Finding& finding, uint64_t node, TimePoint now);

// Whether a fold is worth telling at once, or can wait until the next.
enum class FoldWeight { kNothing, kMore, kNews };
// Only grows: the same finding twice is nothing, and the order of nodes does not matter to counts and lists.
FoldWeight FoldFinding(Incident& incident, const Finding& finding, uint64_t node, TimePoint now);

// Nothing was seen for a while. Open and acknowledged ones are resolved by it.
void EndBySilence(Incident& incident, TimePoint now);

// What people say. kFailedPrecondition for an acknowledgement of what is closed; kInvalidArgument for kOpen.
absl::Status SetState(Incident& incident, IncidentState state, std::string_view author,
                      std::string_view reason, TimePoint now);

}  // namespace latchkey
