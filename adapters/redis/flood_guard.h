// What stands between the engine and a Redis store against floods: strangers in flight are bounded
// (engine/store/bulkhead_store.h), and a store that fills up makes no records for invented names
// (engine/store/overflow_store.h).
#pragma once

#include <optional>
#include <string_view>

#include "adapters/redis/fill_watch.h"
#include "engine/store/bulkhead_store.h"
#include "engine/store/overflow_store.h"

namespace latchkey {

class FloodGuard {
 public:
  // All but `environment` outlive it or its Stop, and it outlives the pending calls of its stores.
  FloodGuard(SignalStore& store, RedisClient& client, std::string_view environment, const Clock& clock,
             int strangers_in_flight, FillWatch::OnChange on_change);

  // Nothing is asked of `client` any more.
  void Stop() { watch_.reset(); }

  // What attempts are charged in.
  [[nodiscard]] SignalStore& store() { return bulkhead_; }
  // The same without a bound on strangers: for a shadow, which follows what was admitted.
  [[nodiscard]] SignalStore& unbounded_store() { return overflow_; }

  struct Counts {
    bool crowded = false;
    double fill = 0;          // of `maxmemory`, of the fullest shard
    uint64_t overflowed = 0;  // charges on shared records
    uint64_t held_back = 0;   // charges of strangers that were not sent
  };
  // Requires: not stopped.
  [[nodiscard]] Counts counts() const;

 private:
  Crowding crowding_;
  OverflowStore overflow_;
  BulkheadStore bulkhead_;
  std::optional<FillWatch> watch_;  // Last: its thread uses the others.
};

}  // namespace latchkey
