// A clock that moves only when told to.
#pragma once

#include <atomic>

#include "engine/base/clock.h"

namespace latchkey {

// Thread-safe.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(TimePoint start = TimePoint(std::chrono::hours(24 * 365 * 50)));
  [[nodiscard]] TimePoint Now() const override;
  void Advance(Duration by);
  void Set(TimePoint now);

 private:
  std::atomic<int64_t> now_ms_;
};

}  // namespace latchkey
