// For how long a limit goes on saying the same, so that it need not be asked again and again.
#pragma once

#include <span>

#include "engine/signal/limit.h"

namespace latchkey {

// Whether `said` by a limit at `now` means that it is to be asked again kProvisionalWait from then, whenever
// it is asked: a later answer ends as much later.
[[nodiscard]] inline bool EndsSoon(const LimitState& said, TimePoint now) {
  return said.provisional && said.until == now + kProvisionalWait;
}

// What EvaluateLimit `said` at `now` it says at every moment before the one answered here, but for an end
// that moves along (EndsSoon). Later than `now`, by a minute at most; earlier than the truth rather than
// later.
[[nodiscard]] TimePoint SaysUntil(const Limit& limit, std::span<const Entry> entries, bool distinct,
                                  int64_t weight, const LimitState& said, TimePoint now, Duration token_life);

}  // namespace latchkey
