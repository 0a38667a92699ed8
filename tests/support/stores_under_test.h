// The real stores that promises are tested on, each empty and alone, with the test's clock.
#pragma once

#include <memory>
#include <string>

#include "engine/base/clock.h"
#include "engine/store/signal_store.h"
#include "engine/store/sole_store.h"

namespace latchkey {

enum class StoreKind { kMemory, kRedis, kSentinel, kCluster };

// "Memory", "Redis", "Cluster": for the names of parameterised tests.
[[nodiscard]] std::string StoreKindName(StoreKind kind);

// A store of its own. Redis stores of one process share one redis-server (or Cluster), which the first of
// them starts; each has an environment of its own there.
class StoreUnderTest {
 public:
  // `clock` outlives it; the store takes its time from it. Throws std::runtime_error when it cannot start.
  [[nodiscard]] static std::unique_ptr<StoreUnderTest> Make(StoreKind kind, const Clock& clock);
  virtual ~StoreUnderTest() = default;
  [[nodiscard]] virtual SignalStore& store() = 0;
  // The same, where no other node writes to it; else null.
  [[nodiscard]] virtual SoleStore* sole_store() { return nullptr; }
};

}  // namespace latchkey
