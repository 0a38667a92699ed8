#include "engine/stats/latency.h"

#include <bit>
#include <cmath>

namespace latchkey {
namespace {

constexpr size_t kLast = LatencyBuckets::kCount - 1;

// 1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8 of each decade, so that bounds which people choose (2.5 ms) are
// bounds here.
constexpr std::array<int64_t, 10> kDecade = {1000, 1250, 1600, 2000, 2500, 3150, 4000, 5000, 6300, 8000};

constexpr std::array<int64_t, LatencyBuckets::kCount> MakeBounds() {
  std::array<int64_t, LatencyBuckets::kCount> bounds{};
  int64_t scale = 1;
  for (size_t i = 0; i < kLast; ++i) {
    bounds[i] = kDecade[i % kDecade.size()] * scale;
    if (i % kDecade.size() == kDecade.size() - 1) scale *= 10;
  }
  bounds[kLast] = INT64_MAX;
  return bounds;
}
constexpr auto kBounds = MakeBounds();
static_assert(kBounds[kLast - 1] == 10'000'000'000);

// Where to begin to look, by the width of the number in bits.
constexpr std::array<uint8_t, 65> MakeStarts() {
  std::array<uint8_t, 65> starts{};
  for (size_t width = 1; width <= 64; ++width) {
    const uint64_t least = uint64_t{1} << (width - 1);
    size_t at = 0;
    while (at < kLast && static_cast<uint64_t>(kBounds[at]) < least) ++at;
    starts[width] = static_cast<uint8_t>(at);
  }
  return starts;
}
constexpr auto kStarts = MakeStarts();

}  // namespace

Nanoseconds LatencyBuckets::Bound(size_t bucket) { return Nanoseconds(kBounds[bucket]); }

size_t LatencyBuckets::Of(Nanoseconds took) {
  if (took.count() <= 0) return 0;
  size_t at = kStarts[static_cast<size_t>(std::bit_width(static_cast<uint64_t>(took.count())))];
  while (kBounds[at] < took.count()) ++at;
  return at;
}

Nanoseconds Quantile(const LatencyCounts& counts, double share) {
  uint64_t all = 0;
  for (const uint32_t count : counts) all += count;
  if (all == 0) return Nanoseconds(0);
  const auto wanted = static_cast<uint64_t>(std::ceil(share * static_cast<double>(all)));
  uint64_t seen = 0;
  for (size_t i = 0; i < kLast; ++i) {
    seen += counts[i];
    if (seen >= wanted && seen > 0) return LatencyBuckets::Bound(i);
  }
  return LatencyBuckets::Bound(kLast - 1);
}

void LatencyBoard::Add(TimedOp op, Nanoseconds took) {
  Shard& shard = shards_[ThreadPlace()];
  const auto at = static_cast<size_t>(op);
  shard.counts[at][LatencyBuckets::Of(took)].fetch_add(1, std::memory_order_relaxed);
  shard.sums[at].fetch_add(took.count(), std::memory_order_relaxed);
}

std::array<LatencyBoard::Totals, kTimedOps> LatencyBoard::Read() const {
  std::array<Totals, kTimedOps> all;
  for (const Shard& shard : shards_) {
    for (size_t op = 0; op < kTimedOps; ++op) {
      for (size_t i = 0; i < LatencyBuckets::kCount; ++i)
        all[op].counts[i] += shard.counts[op][i].load(std::memory_order_relaxed);
      all[op].sum += Nanoseconds(shard.sums[op].load(std::memory_order_relaxed));
    }
  }
  return all;
}

}  // namespace latchkey
