#include "adapters/system/system_clock.h"

namespace latchkey {

TimePoint SystemClock::Now() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

}  // namespace latchkey
