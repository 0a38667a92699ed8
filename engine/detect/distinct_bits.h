// How many different ones there were, in a few bytes: "linear counting" (Whang, Vander-Zanden and Taylor,
// 1990). Exact for a handful; a few per cent off until there are about as many as bits; then it saturates.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace latchkey {

// Thread-compatible.
template <size_t kBits>
class DistinctBits {
  static_assert(kBits % 64 == 0);

 public:
  // `hash` is well mixed. True when this one was surely not there before.
  bool Add(uint64_t hash) {
    uint64_t& word = words_[hash / 64 % words_.size()];
    const uint64_t bit = uint64_t{1} << (hash % 64);
    const bool fresh = (word & bit) == 0;
    word |= bit;
    return fresh;
  }
  [[nodiscard]] int64_t Count() const {
    int64_t ones = 0;
    for (const uint64_t word : words_) ones += std::popcount(word);
    const auto bits = static_cast<double>(kBits);
    const double zeros = std::max(0.5, bits - static_cast<double>(ones));
    return std::llround(-bits * std::log(zeros / bits));
  }
  void Clear() { words_.fill(0); }

 private:
  std::array<uint64_t, kBits / 64> words_{};
};

// One step of SplitMix64: spreads a small number, such as a tag, over all bits.
[[nodiscard]] constexpr uint64_t Spread(uint64_t z) {
  z += 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}

}  // namespace latchkey
