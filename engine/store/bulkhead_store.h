// Keeps a shared store free for who has proved something, whatever strangers do (P6).
//
// Of charges that begin with neither a device nor a recovery only as many are on their way to the store at
// once as keep it busy (flight_limit.h), and never more than `in_flight_max`. More wait here, in order and no
// longer than their deadlines, so that a device waits behind few others. What finds `waiting_max` waiting
// fails with kResourceExhausted, and what waited too long with kDeadlineExceeded: the engine treats both like
// the loss of the store, honestly, lane by lane. Reports, owners' acts and reads are not held back: they
// follow what was admitted.
//
// Thread-safe.
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>

#include "engine/base/clock.h"
#include "engine/base/mutex.h"
#include "engine/store/flight_limit.h"
#include "engine/store/forwarding_store.h"

namespace latchkey {

struct BulkheadOptions {
  size_t in_flight_max = 64;
  size_t waiting_max = 8192;
};

class BulkheadStore final : public ForwardingStore {
 public:
  // Time since anything, ever onward; thread-safe.
  using Stopwatch = std::function<std::chrono::nanoseconds()>;

  // `store` outlives it and its pending calls. `clock` measures what is left of a deadline, `stopwatch` how
  // long the store takes.
  BulkheadStore(SignalStore& store, const Clock& clock, Stopwatch stopwatch, BulkheadOptions options)
      : ForwardingStore(store),
        clock_(clock),
        stopwatch_(std::move(stopwatch)),
        options_(options),
        limit_(options.in_flight_max) {}

  void Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<ChargeResult>)> done) override;

  // Charges that found no place to wait in, or waited in vain.
  [[nodiscard]] uint64_t held_back() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Waiting {
    ShardKeys keys;
    std::shared_ptr<const ChargeRequest> request;
    TimePoint until;
    std::function<void(absl::StatusOr<ChargeResult>)> done;
  };
  // Sends what may be sent. One thread at a time; whoever comes meanwhile leaves it to that one.
  void Drain() ABSL_LOCKS_EXCLUDED(mutex_);
  void Send(Waiting next, size_t under_way);

  const Clock& clock_;
  const Stopwatch stopwatch_;
  const BulkheadOptions options_;

  mutable Mutex mutex_;
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  size_t in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  FlightLimit limit_ ABSL_GUARDED_BY(mutex_);
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t held_back_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace latchkey
