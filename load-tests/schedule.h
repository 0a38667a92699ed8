// When each request of an open loop is meant to be sent: at a constant rate, whatever the answers do.
#pragma once

#include <chrono>
#include <cstdint>

namespace latchkey::load {

using Instant = std::chrono::steady_clock::time_point;

// The n-th request, from 0, is due n / rate after the start. Never drifts: each time is computed from the
// start.
class Schedule {
 public:
  // Requires: rate > 0, in requests a second.
  Schedule(Instant start, double rate) : start_(start), rate_(rate) {}

  [[nodiscard]] Instant DueTime(int64_t n) const {
    return start_ + std::chrono::nanoseconds(static_cast<int64_t>(static_cast<double>(n) * 1e9 / rate_));
  }

 private:
  Instant start_;
  double rate_;
};

}  // namespace latchkey::load
