#include "engine/stats/latency.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace latchkey {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 5us

TEST(LatencyTest, EachBucketHoldsWhatIsAtMostItsBoundAndAboveTheOneBefore) {
  for (size_t i = 0; i + 1 < LatencyBuckets::kCount; ++i) {
    const Nanoseconds bound = LatencyBuckets::Bound(i);
    EXPECT_EQ(LatencyBuckets::Of(bound), i);
    EXPECT_EQ(LatencyBuckets::Of(bound + 1ns), i + 1);
    if (i > 0) {
      EXPECT_LT(LatencyBuckets::Bound(i - 1), bound);
      EXPECT_LE(static_cast<double>(bound.count()),
                1.29 * static_cast<double>(LatencyBuckets::Bound(i - 1).count()));
    }
  }
  EXPECT_EQ(LatencyBuckets::Of(0ns), 0U);
  EXPECT_EQ(LatencyBuckets::Of(-5ns), 0U) << "a clock that steps back";
  EXPECT_EQ(LatencyBuckets::Of(Nanoseconds::max()), LatencyBuckets::kCount - 1);
}

TEST(LatencyTest, AQuantileIsTheBoundOfItsBucket) {
  LatencyCounts counts{};
  EXPECT_EQ(Quantile(counts, 0.5), 0ns);
  counts[LatencyBuckets::Of(3us)] = 98;
  counts[LatencyBuckets::Of(2ms)] = 2;
  EXPECT_EQ(Quantile(counts, 0.5), 3150ns);
  EXPECT_EQ(Quantile(counts, 0.98), 3150ns);
  EXPECT_EQ(Quantile(counts, 0.99), 2ms);
  EXPECT_EQ(Quantile(counts, 1), 2ms);
  counts[LatencyBuckets::kCount - 1] = 1000;
  EXPECT_EQ(Quantile(counts, 0.999), 10s) << "that, or more";
}

TEST(LatencyTest, ManyThreadsLoseNothing) {
  LatencyBoard board;
  std::vector<std::thread> threads;
  threads.reserve(20);
  for (int t = 0; t < 20; ++t) {  // more threads than parts
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) board.Add(TimedOp::kCharge, 40us);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto totals = board.Read()[static_cast<size_t>(TimedOp::kCharge)];
  EXPECT_EQ(totals.counts[LatencyBuckets::Of(40us)], 20'000U);
  EXPECT_EQ(totals.sum, 20'000 * 40us);
}

}  // namespace
}  // namespace latchkey
