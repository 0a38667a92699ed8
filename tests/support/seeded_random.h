// Identifiers from a seed, so that a test can be replayed.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/base/random.h"

namespace latchkey {

// SplitMix64. Thread-safe.
class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  [[nodiscard]] uint64_t Next() override {
    uint64_t z = state_.fetch_add(kStep) + kStep;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
  }

 private:
  static constexpr uint64_t kStep = 0x9E3779B97F4A7C15ULL;
  std::atomic<uint64_t> state_;
};

}  // namespace latchkey
