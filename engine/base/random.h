// Where identifiers come from. Production is a cryptographic generator; tests and the lab pass a seed.
#pragma once

#include <cstdint>

namespace latchkey {

// Thread-safe.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  // 64 independent, uniformly distributed bits.
  [[nodiscard]] virtual uint64_t Next() = 0;
};

}  // namespace latchkey
