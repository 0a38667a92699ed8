// Says whether a server that does not answer in time may be asked: so that nobody waits for it in vain.
//
// Opens after `failures_max` commands in a row had no answer in time. While it is open nothing is sent, but
// for one command at a time, after rests that grow and are never in step with other nodes'. The first answer
// in time closes it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "adapters/redis/backoff.h"
#include "engine/base/clock.h"

namespace latchkey {

struct BreakerOptions {
  int failures_max = 5;
  Duration rest_first{50};
  Duration rest_max{1000};
};

// Admits is thread-safe; the rest is one thread's.
class Breaker {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  explicit Breaker(BreakerOptions options)
      : options_(options), backoff_(options.rest_first, options.rest_max) {}

  // Whether a command may be sent. While open, true for one caller each time that the rest is over; whoever
  // gets that says Failed or Answered later, or another is let through after the longest rest.
  [[nodiscard]] bool Admits(SteadyTime now) {
    int64_t next = next_.load(std::memory_order_relaxed);
    if (next == kClosed) return true;
    const int64_t at = now.time_since_epoch().count();
    const auto later = std::chrono::duration_cast<SteadyTime::duration>(options_.rest_max).count();
    return at >= next && next_.compare_exchange_strong(next, at + later);
  }

  void Answered() {
    if (failures_ == 0) return;
    failures_ = 0;
    backoff_.Reset();
    next_ = kClosed;
  }

  // `random`: 64 uniformly distributed bits.
  void Failed(SteadyTime now, uint64_t random) {
    if (++failures_ < options_.failures_max) return;
    next_ = (now + backoff_.Next(random)).time_since_epoch().count();
  }

  [[nodiscard]] bool open() const { return next_.load(std::memory_order_relaxed) != kClosed; }

 private:
  static constexpr int64_t kClosed = -1;

  const BreakerOptions options_;
  Backoff backoff_;
  int64_t failures_ = 0;
  std::atomic<int64_t> next_{kClosed};  // when the next command may be sent
};

}  // namespace latchkey
