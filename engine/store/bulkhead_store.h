// Keeps a shared store free for who has proved something, whatever strangers do (P6).
//
// Of charges that begin with neither a device nor a recovery only as many are on their way to the store at
// once as keep it busy (flight_limit.h), and never more than `in_flight_max`: few of them wait inside the
// store while devices come, and more while none has come for a second, since many that go together cost less.
// More wait here, in order and no longer than their deadlines, so that a device waits behind few others. What
// finds `waiting_max` waiting fails with kResourceExhausted, and what waited too long with kDeadlineExceeded:
// the engine treats both like the loss of the store, honestly, lane by lane. Reports, owners' acts and reads
// are not held back: they follow what was admitted.
//
// Thread-safe.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
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
  // So long after a device strangers are by themselves again.
  static constexpr std::chrono::nanoseconds kAloneAfter = std::chrono::seconds(1);
  static constexpr FlightLimit::Queue kWhileDevicesCome{.min = 2, .max = 4};
  static constexpr FlightLimit::Queue kWhileNoneComes{.min = 16, .max = 24};
  // The message of either failure.
  static constexpr char kHeldBack[] = "not sent: too many strangers wait for the store";

  // Time since anything, ever onward; thread-safe.
  using Stopwatch = std::function<std::chrono::nanoseconds()>;

  // `store` outlives it and its pending calls. `clock` measures what is left of a deadline, `stopwatch` how
  // long the store takes.
  BulkheadStore(SignalStore& store, const Clock& clock, Stopwatch stopwatch, BulkheadOptions options)
      : ForwardingStore(store),
        clock_(clock),
        stopwatch_(std::move(stopwatch)),
        options_(options),
        attended_(options.in_flight_max, kWhileDevicesCome),
        alone_(options.in_flight_max, kWhileNoneComes) {}

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
  // Sends what may be sent. One thread at a time; whoever comes meanwhile leaves it to that one. `now` and
  // `time` by the clock and the stopwatch, which are looked at once for all that is sent together.
  void Drain(TimePoint now, std::chrono::nanoseconds time) ABSL_LOCKS_EXCLUDED(mutex_);
  void Send(Waiting next, Duration left, FlightLimit& limit, size_t under_way, std::chrono::nanoseconds sent);
  // The one that holds at that time.
  [[nodiscard]] FlightLimit& Limit(std::chrono::nanoseconds time) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock& clock_;
  const Stopwatch stopwatch_;
  const BulkheadOptions options_;
  std::atomic<int64_t> device_at_{INT64_MIN / 2};  // by the stopwatch, in ns: when the latest came

  mutable Mutex mutex_;
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  size_t in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  FlightLimit attended_ ABSL_GUARDED_BY(mutex_);
  FlightLimit alone_ ABSL_GUARDED_BY(mutex_);
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t held_back_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace latchkey
