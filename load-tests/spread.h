// What several rounds gave for one figure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace latchkey::load {

struct Spread {
  double min = 0;
  double median = 0;  // the upper one of an even number
  double max = 0;
  int rounds = 0;
};

// Zeros when there are no values.
inline Spread SpreadOf(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  return {values.front(), values[values.size() / 2], values.back(), static_cast<int>(values.size())};
}

// Each round's a over its b, so that a slow moment of the machine is in both. As many as the shorter has; a
// round whose b is zero is left out.
inline Spread RatioOf(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> ratios;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (b[i] > 0) ratios.push_back(a[i] / b[i]);
  }
  return SpreadOf(std::move(ratios));
}

}  // namespace latchkey::load
