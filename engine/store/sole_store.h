// A store that nobody but this node writes to (port): what it has answered stays true until this node writes
// to the same records again, or until they end.
#pragma once

#include "engine/store/signal_store.h"

namespace latchkey {

// Thread-safe.
class SoleStore {
 public:
  virtual ~SoleStore() = default;
  // Until when, by the store's clock, both records are found as they are now, if nobody writes to them.
  // TimePoint::min() when that cannot be said: one of them is not there, or is not of these keys alone.
  [[nodiscard]] virtual TimePoint StandsUntil(const ShardKeys& keys) = 0;
};

}  // namespace latchkey
