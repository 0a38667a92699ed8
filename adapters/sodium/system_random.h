// RandomSource keyed by the operating system's generator: every two kilobytes of ChaCha20 have a fresh key.
#pragma once

#include "engine/base/random.h"

namespace latchkey {

// Thread-safe: each thread draws from a block of its own, and a drawn word is wiped from it.
class SystemRandom final : public RandomSource {
 public:
  SystemRandom();
  [[nodiscard]] uint64_t Next() override;
};

}  // namespace latchkey
