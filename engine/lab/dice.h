// The dice of the lab: every random choice of a simulated day comes from one seed.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include "engine/base/clock.h"

namespace latchkey::lab {

// One step of SplitMix64: well mixed for any input.
[[nodiscard]] constexpr uint64_t Mix(uint64_t z) {
  z += 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}

// SplitMix64. Cheap to copy and to make: whoever must not be disturbed by others has dice of his own, forked
// by a number of his own. Not thread-safe.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(Mix(seed)) {}

  // Other dice: the same for the same seed and number, whatever these were asked before.
  [[nodiscard]] Dice Fork(uint64_t number) const { return Dice(seed_of_fork(number)); }

  uint64_t Next() { return Mix(state_++); }
  // 0 … bound - 1. Requires: bound > 0.
  int64_t Below(int64_t bound) {
    return static_cast<int64_t>(Next() % static_cast<uint64_t>(bound));  // bounds are small: the bias is too
  }
  // [0, 1).
  double Unit() { return static_cast<double>(Next() >> 11U) * 0x1.0p-53; }
  bool Chance(double probability) { return Unit() < probability; }
  Duration Between(Duration least, Duration most) {
    return least + Duration(Below((most - least).count() + 1));
  }
  // The pause until the next of events that come at random, `mean` apart.
  Duration Pause(Duration mean) {
    return Duration(1 + static_cast<int64_t>(-std::log(1 - Unit()) * static_cast<double>(mean.count())));
  }
  double Normal(double mean, double deviation) {
    const double angle = 2 * std::numbers::pi * Unit();
    return mean + deviation * std::sqrt(-2 * std::log(1 - Unit())) * std::cos(angle);
  }

 private:
  [[nodiscard]] uint64_t seed_of_fork(uint64_t number) const {
    return Mix(origin_ ^ Mix(number + 0x51ED270B0A1F39C1ULL));
  }
  uint64_t state_;
  uint64_t origin_ = state_;
};

}  // namespace latchkey::lab
