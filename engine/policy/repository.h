// Where policies come from and how they change (port): numbered revisions with author and reason.
//
// Thread-safe. Calls may block on a file or on the network: they are an operator's, never an attempt's.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/base/clock.h"
#include "engine/policy/rollout.h"

namespace latchkey {

struct PolicyRevision {
  int64_t number = 0;  // from 1
  std::string text;
  std::string author;
  std::string reason;
  TimePoint applied_at;
  Rollout rollout;
};

// What a list of revisions, newest first, says is to be in force. Null: not in the list.
struct StandingRevisions {
  const PolicyRevision* enforced = nullptr;   // the newest that is in full
  const PolicyRevision* candidate = nullptr;  // the newest of all, if it is not in full
  const PolicyRevision* previous = nullptr;   // the one in full before `enforced`
};
[[nodiscard]] StandingRevisions StandingOf(const std::vector<PolicyRevision>& newest_first);

class PolicyRepository {
 public:
  virtual ~PolicyRepository() = default;

  // Whether Add is possible; a file rules itself (`policy.source: file`).
  [[nodiscard]] virtual bool writable() const = 0;

  // The one that was added last: in force, or on its way.
  [[nodiscard]] virtual absl::StatusOr<PolicyRevision> Newest() const = 0;

  // Newest first; at least one.
  [[nodiscard]] virtual absl::StatusOr<std::vector<PolicyRevision>> List() const = 0;

  // Adds a revision after `expected`. kAborted when the newest is another by now; kFailedPrecondition when
  // the repository is not writable. The text must have been checked.
  virtual absl::StatusOr<PolicyRevision> Add(int64_t expected, PolicyRevision revision) = 0;
};

// Keeps the newest revision of a repository in force (port of the server): reads, checks, swaps.
class PolicyKeeper {
 public:
  virtual ~PolicyKeeper() = default;
  // Takes over what the repository holds now. A policy that does not load leaves the old one in force.
  virtual absl::Status Reload() = 0;
};

}  // namespace latchkey
