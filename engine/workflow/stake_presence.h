// Whether anything is at stake for an account (port): for those who answer logins.
#pragma once

#include "engine/attempt/key.h"
#include "engine/base/clock.h"

namespace latchkey {

// Thread-safe. Answers at once, from memory: under a policy with `stakes:` it is asked on every attempt. What
// it does not know of is not at stake.
class StakePresence {
 public:
  virtual ~StakePresence() = default;
  // Anybody's, in any workflow, that has not ended.
  [[nodiscard]] virtual bool Any(const Key& account, TimePoint now) const = 0;
};

}  // namespace latchkey
