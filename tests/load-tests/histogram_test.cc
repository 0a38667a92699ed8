#include "load-tests/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace latchkey::load {
namespace {

using namespace std::chrono_literals;

TEST(HistogramTest, TellsSmallValuesExactly) {
  Histogram histogram;
  for (int i = 1; i <= 100; ++i) histogram.Add(Nanos{i});
  EXPECT_EQ(histogram.Percentile(50), 50ns);
  EXPECT_EQ(histogram.Percentile(99), 99ns);
  EXPECT_EQ(histogram.Percentile(100), 100ns);
  EXPECT_EQ(histogram.max(), 100ns);
}

TEST(HistogramTest, SaysZeroWhenNothingWasCounted) {
  EXPECT_EQ(Histogram().Percentile(99), 0ns);
  EXPECT_EQ(Histogram().max(), 0ns);
}

TEST(HistogramTest, NeverTellsAValueTooLowAndAtMostAThousandthTooHigh) {
  std::mt19937_64 random(1);
  for (int bits = 1; bits <= 41; ++bits) {
    const auto value =
        Nanos{static_cast<int64_t>(random() & ((uint64_t{1} << static_cast<unsigned>(bits)) - 1))};
    Histogram histogram;
    histogram.Add(value);
    histogram.Add(Histogram::kMax);  // So that the answer is not cut off at the greatest value.
    const Nanos told = histogram.Percentile(50);
    EXPECT_GE(told, value);
    EXPECT_LE(told, value + value / 1024 + 1ns);
  }
}

TEST(HistogramTest, AgreesWithSortedValues) {
  std::mt19937_64 random(2);
  std::lognormal_distribution<double> latencies(11, 1.5);
  std::vector<int64_t> values;
  Histogram histogram;
  for (int i = 0; i < 20'000; ++i) {
    values.push_back(static_cast<int64_t>(latencies(random)));
    histogram.Add(Nanos{values.back()});
  }
  std::sort(values.begin(), values.end());
  for (double percent : {1.0, 50.0, 90.0, 99.0, 99.9, 99.99}) {
    const auto rank = static_cast<size_t>(std::ceil(percent / 100 * static_cast<double>(values.size())));
    const auto exact = static_cast<double>(values[rank - 1]);
    const auto told = static_cast<double>(histogram.Percentile(percent).count());
    EXPECT_GE(told, exact) << percent;
    EXPECT_LE(told, exact * (1 + 1.0 / 1024) + 1) << percent;
  }
}

TEST(HistogramTest, CountsWhatIsTooLongAsTheLongest) {
  Histogram histogram;
  histogram.Add(48h);
  EXPECT_EQ(histogram.max(), Histogram::kMax);
  EXPECT_EQ(histogram.Percentile(50), Histogram::kMax);
}

TEST(HistogramTest, TwoMergedAreAsOneThatSawBoth) {
  Histogram left;
  Histogram right;
  Histogram both;
  for (int i = 0; i < 1000; ++i) {
    const Nanos value{i * i};
    (i % 3 == 0 ? left : right).Add(value);
    both.Add(value);
  }
  left.Merge(right);
  EXPECT_EQ(left.count(), both.count());
  for (double percent : {10.0, 50.0, 99.0, 100.0}) {
    EXPECT_EQ(left.Percentile(percent), both.Percentile(percent));
  }
}

}  // namespace
}  // namespace latchkey::load
