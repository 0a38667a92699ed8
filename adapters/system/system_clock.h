// The machine's clock.
#pragma once

#include "engine/base/clock.h"

namespace latchkey {

// Thread-safe.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimePoint Now() const override;
};

}  // namespace latchkey
