// Counts over a whole tenant or autonomous system, kept by each node for itself, so that no key of the store
// is hot. What one node sees is a part of the whole: such limits are per node.
//
// Thread-safe, bounded: when there are too many, those that are new share one counter a rule, which only
// overcounts.
#pragma once

#include <optional>

#include "absl/container/flat_hash_map.h"
#include "engine/assess/charges.h"
#include "engine/base/mutex.h"

namespace latchkey {

class NodeCounters {
 public:
  static constexpr size_t kSeriesMaxOnNode = 100'000;
  // How often what has grown old is looked for while there are too many.
  static constexpr Duration kSweepRest = std::chrono::minutes(1);

  // Copies the counters that this lane meets into its steps, so that what is decided by them can be replayed.
  void Read(const Facts& facts, PlannedLane& lane, TimePoint now) const;
  void Charge(const Facts& facts, const PlannedLane& lane, TimePoint now);
  [[nodiscard]] size_t size() const;

 private:
  // Where the counter is kept: under its own key, or the one that the crowd shares.
  [[nodiscard]] Key PlaceOf(const Facts& facts, const PlannedStep& step) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Sweep(TimePoint now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  struct Kept {
    Series series;
    Duration horizon{0};
  };
  static Key KeyOf(const Facts& facts, const PlannedStep& step);

  mutable Mutex mutex_;
  absl::flat_hash_map<Key, Kept> series_ ABSL_GUARDED_BY(mutex_);
  TimePoint next_sweep_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace latchkey
