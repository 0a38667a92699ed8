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

// A decision with its inputs. Plan and question follow from the others and are made again when somebody asks:
// kept, they would be most of the memory that an attempt touches.
struct JournalEntry {
  struct Question {
    Plan plan;  // points into `policy`
    ChargeRequest request;
  };

  Decision decision;
  Facts facts;
  Proofs proofs;
  std::shared_ptr<const Policy> policy;
  Duration token_life{0};
  bool counted = false;  // else counts decided nothing
  // Null unless more went into it: counts of the node, or the loss of the store.
  std::shared_ptr<const Question> asked;
  ChargeResult result;

  // The same inputs through the same pure function: equal to decision.verdict (P9).
  [[nodiscard]] Verdict Replay() const;
  // Every lane as the decision found it; empty when counts decided nothing.
  [[nodiscard]] std::vector<LaneReport> Lanes() const;

 private:
  [[nodiscard]] std::shared_ptr<const Question> Asked() const;
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
