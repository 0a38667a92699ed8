// How long things take: counts in buckets whose bounds are at most 28 % apart, from a microsecond to ten
// seconds.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "engine/base/thread_place.h"

namespace latchkey {

using Nanoseconds = std::chrono::nanoseconds;

// What is timed. The first two are in the statistics, all are in the metrics.
enum class TimedOp : uint8_t { kDecision, kCharge, kSettle, kUpdate, kRead };
inline constexpr size_t kTimedOps = 5;

class LatencyBuckets {
 public:
  // Ten a decade; the last one holds what took longer than ten seconds.
  static constexpr size_t kCount = 72;

  // What is counted in bucket i took at most so long; the last one has no bound (Nanoseconds::max()).
  [[nodiscard]] static Nanoseconds Bound(size_t bucket);
  [[nodiscard]] static size_t Of(Nanoseconds took);
};

using LatencyCounts = std::array<uint32_t, LatencyBuckets::kCount>;

// The bound of the bucket in which the `share` (0 to 1) fastest end: at most 28 % more than it took. Zero
// when nothing was counted; ten seconds when it took longer than that.
[[nodiscard]] Nanoseconds Quantile(const LatencyCounts& counts, double share);

// Counts for all threads, each in its own part. Thread-safe; lock-free.
class LatencyBoard {
 public:
  void Add(TimedOp op, Nanoseconds took);

  struct Totals {
    std::array<uint64_t, LatencyBuckets::kCount> counts{};
    Nanoseconds sum{0};
  };
  // Since the start.
  [[nodiscard]] std::array<Totals, kTimedOps> Read() const;

 private:
  struct alignas(64) Shard {
    std::array<std::array<std::atomic<uint64_t>, LatencyBuckets::kCount>, kTimedOps> counts{};
    std::array<std::atomic<int64_t>, kTimedOps> sums{};
  };
  std::array<Shard, kThreadPlaces> shards_{};
};

}  // namespace latchkey
