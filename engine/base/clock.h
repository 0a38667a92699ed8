// Time as the engine sees it: milliseconds of Unix time, passed in.
//
// Only entry points hold a Clock; everything below takes `now` as an argument.
#pragma once

#include <chrono>

namespace latchkey {

using Duration = std::chrono::milliseconds;
using TimePoint = std::chrono::time_point<std::chrono::system_clock, Duration>;

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint Now() const = 0;
};

}  // namespace latchkey
