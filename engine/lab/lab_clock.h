// The clocks of the lab: one that moves from event to event, and one that is wrong about it.
#pragma once

#include "engine/base/clock.h"

namespace latchkey::lab {

// Not thread-safe.
class LabClock final : public Clock {
 public:
  [[nodiscard]] TimePoint Now() const override { return now_; }
  // Time never goes back.
  void Reach(TimePoint at) {
    if (at > now_) now_ = at;
  }

 private:
  TimePoint now_{std::chrono::hours(24 * 365 * 50)};  // the year 2019: far from both ends
};

// The clock of a node that disagrees with its store's by up to `skew`, either way, changing each minute.
class SkewedClock final : public Clock {
 public:
  SkewedClock(const Clock& truth, Duration skew) : truth_(truth), skew_(skew) {}
  [[nodiscard]] TimePoint Now() const override {
    const TimePoint now = truth_.Now();
    if (skew_ <= Duration::zero()) return now;
    const int64_t minute = now.time_since_epoch().count() / 60'000;
    const int64_t span = 2 * skew_.count() + 1;
    return now + Duration((minute * 7919) % span) - skew_;
  }

 private:
  const Clock& truth_;
  const Duration skew_;
};

}  // namespace latchkey::lab
