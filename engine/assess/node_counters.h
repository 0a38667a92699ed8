// Counts over a whole tenant or autonomous system, kept by each node for itself, so that no key of the store
// is hot. What one node sees is a part of the whole: such limits are per node.
//
// Thread-safe, bounded.
#pragma once

#include <optional>

#include "absl/container/flat_hash_map.h"
#include "engine/assess/charges.h"
#include "engine/base/mutex.h"

namespace latchkey {

class NodeCounters {
 public:
  static constexpr size_t kSeriesMaxOnNode = 100'000;

  // Copies the counters that this lane meets into its steps, so that what is decided by them can be replayed.
  void Read(const Facts& facts, PlannedLane& lane, TimePoint now) const;
  void Charge(const Facts& facts, const PlannedLane& lane, TimePoint now);

 private:
  static Key KeyOf(const Facts& facts, const PlannedStep& step);

  mutable Mutex mutex_;
  absl::flat_hash_map<Key, Series> series_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace latchkey
