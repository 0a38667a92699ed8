// How long to wait before the next attempt.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/base/clock.h"
#include "engine/base/random.h"

namespace latchkey {

struct RetryLimits {
  Duration first = std::chrono::seconds(1);
  Duration max = std::chrono::minutes(10);
};

// After the `failures`-th failure in a row: doubles from `first` up to `max`, less a random part of up to a
// half, so that messages that failed together do not come again together. Requires: failures > 0.
[[nodiscard]] inline Duration RetryWait(RetryLimits limits, int64_t failures, RandomSource& random) {
  const int64_t doublings = std::min<int64_t>(failures - 1, 40);
  const int64_t span = std::min(limits.max.count(), limits.first.count() << std::min<int64_t>(doublings, 30));
  return Duration(span - static_cast<int64_t>(random.Next() % static_cast<uint64_t>(span / 2 + 1)));
}

}  // namespace latchkey
