// The recent past of this node: every decision with all that it was made of, so that it can be explained and
// replayed. Bounded: the newest `capacity` decisions.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "engine/assess/decide.h"
#include "engine/base/mutex.h"

namespace latchkey {

struct JournalEntry {
  Decision decision;
  Facts facts;
  Plan plan;  // points into `policy`
  std::shared_ptr<const Policy> policy;
  std::shared_ptr<const ChargeRequest> request;  // null: counts decided nothing
  ChargeResult result;

  // The same inputs through the same pure function: equal to decision.verdict (P9).
  [[nodiscard]] Verdict Replay() const {
    return request == nullptr ? decision.verdict : Decide(*policy, facts, plan, *request, result);
  }
};

// Thread-safe.
class Journal {
 public:
  explicit Journal(size_t capacity) : ring_(capacity) {}

  void Add(std::shared_ptr<const JournalEntry> entry);
  // Null when it was not made here or is older than what is kept.
  [[nodiscard]] std::shared_ptr<const JournalEntry> Find(uint64_t decision_id) const;
  // All that is kept, oldest first.
  [[nodiscard]] std::vector<std::shared_ptr<const JournalEntry>> All() const;

 private:
  mutable Mutex mutex_;
  std::vector<std::shared_ptr<const JournalEntry>> ring_ ABSL_GUARDED_BY(mutex_);
  size_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<uint64_t, size_t> places_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace latchkey
