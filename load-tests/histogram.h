// Counts durations so that any percentile can be told afterwards, in constant memory.
//
// Log-linear, as HdrHistogram is: exact below 2048 ns, and above that a value is told at most 1/1024 too
// high, never too low. Values beyond `kMax` count as `kMax`.
//
// Thread-compatible.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace latchkey::load {

using Nanos = std::chrono::nanoseconds;

class Histogram {
 public:
  static constexpr Nanos kMax = std::chrono::hours(1);

  Histogram();

  // Negative values count as zero.
  void Add(Nanos value);
  void Merge(const Histogram& other);
  void Clear();

  [[nodiscard]] int64_t count() const { return count_; }
  [[nodiscard]] Nanos max() const { return max_; }

  // The least value that `percent` of all values do not exceed; zero when nothing was counted.
  // Requires: 0 < percent <= 100.
  [[nodiscard]] Nanos Percentile(double percent) const;

 private:
  static size_t PlaceOf(uint64_t value);
  static uint64_t HighestAt(size_t place);

  std::vector<int64_t> counts_;
  int64_t count_ = 0;
  Nanos max_{0};
};

}  // namespace latchkey::load
