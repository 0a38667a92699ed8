// Puts back into the store what this node remembers of its records, after a wipe, a rollback or a failover.
//
// Every node does so for itself: merging (engine/signal/merge.h) makes the same of it in whatever order they
// come. Paced: at most `in_flight_max` records are being put back at once, and each Step begins at most
// `step_max`; a record that cannot be written is tried again in a later round, `tries_max` times.
//
// Thread-safe; Step is for one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "engine/base/mutex.h"
#include "engine/policy/holder.h"
#include "engine/signal/merge.h"
#include "engine/store/record_memory.h"
#include "engine/store/signal_store.h"

namespace latchkey {

struct PaceOptions {
  size_t step_max = 100;
  size_t in_flight_max = 100;
  Duration deadline = std::chrono::seconds(1);  // of one write
};

class Restorer {
 public:
  struct Counts {
    uint64_t restored = 0;  // records put back
    uint64_t failed = 0;    // given up
    bool running = false;
  };

  // All outlive it, as the store's calls may complete late.
  Restorer(SignalStore& store, RecordMemory& memory, const PolicyHolder& policies, PaceOptions pace);

  // Begins to put back what was seen since then; what is under way begins anew.
  void Start(TimePoint since) ABSL_LOCKS_EXCLUDED(mutex_);
  // Begins some more. Nothing while nothing was started.
  void Step() ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] Counts counts() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  static constexpr int kTriesMax = 5;
  struct Work {
    RecordMemory::Remembered record;
    int tries = 0;
  };
  struct State;  // what late completions need

  SignalStore& store_;
  RecordMemory& memory_;
  const PolicyHolder& policies_;
  const PaceOptions pace_;
  const std::shared_ptr<State> state_;
  mutable Mutex mutex_;
  std::optional<TimePoint> since_ ABSL_GUARDED_BY(mutex_);
  size_t next_stripe_ ABSL_GUARDED_BY(mutex_) = 0;
};

// `stored` with what is remembered of it; bytes that are no record are passed over.
void RestoreInto(Record& stored, const std::vector<Record>& remembered, const MergeRules& rules);

}  // namespace latchkey
