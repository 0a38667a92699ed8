// When each request of an open loop is meant to be sent, whatever the answers do.
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <vector>

namespace latchkey::load {

using Instant = std::chrono::steady_clock::time_point;

// At a constant rate, the n-th request, from 0, is due n / rate after the start. With a pace the time is cut
// into equal steps, and in each the rate is multiplied by its number; after the last one it stays as it is
// then. Never drifts: each time is computed from the start.
class Schedule {
 public:
  // Requires: rate > 0, in requests a second; with a pace: all its numbers > 0 and a span > 0.
  Schedule(Instant start, double rate, std::vector<double> pace = {}, std::chrono::nanoseconds span = {})
      : start_(start), rate_(rate), pace_(std::move(pace)), span_(span) {}

  [[nodiscard]] Instant DueTime(int64_t n) const {
    const auto count = static_cast<double>(n);
    if (pace_.empty()) return start_ + Nanoseconds(count * 1e9 / rate_);
    const double step_ns = static_cast<double>(span_.count()) / static_cast<double>(pace_.size());
    double left = count;
    double before_ns = 0;
    for (size_t step = 0;; ++step) {
      const double rate = rate_ * pace_[step] / 1e9;
      if (step + 1 == pace_.size() || left < rate * step_ns)
        return start_ + Nanoseconds(before_ns + left / rate);
      left -= rate * step_ns;
      before_ns += step_ns;
    }
  }

 private:
  static std::chrono::nanoseconds Nanoseconds(double count) {
    return std::chrono::nanoseconds(std::llround(count));
  }

  Instant start_;
  double rate_;
  std::vector<double> pace_;
  std::chrono::nanoseconds span_;
};

}  // namespace latchkey::load
