// The whole seconds of Unix time, as wires write them and tables keep them.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

#include "engine/base/clock.h"

namespace latchkey {

// The second that `time` lies in: rounded down, before 1970 as after it.
[[nodiscard]] constexpr int64_t UnixSecond(TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

// The same in four bytes, of which tables hold many. What is earlier or later than these can say (1970 to
// February 2106) becomes the first or the last second of theirs.
[[nodiscard]] constexpr uint32_t UnixSecond32(TimePoint time) {
  return static_cast<uint32_t>(
      std::clamp<int64_t>(UnixSecond(time), 0, std::numeric_limits<uint32_t>::max()));
}

}  // namespace latchkey
