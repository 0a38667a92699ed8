#include "load-tests/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace latchkey::load {
namespace {

// A row is the values of one bit width, cut into `kHalf` places; the first two rows are one value a place.
constexpr int kBits = 11;
constexpr size_t kHalf = size_t{1} << (kBits - 1);

}  // namespace

Histogram::Histogram() : counts_(PlaceOf(static_cast<uint64_t>(kMax.count())) + 1) {}

size_t Histogram::PlaceOf(uint64_t value) {
  const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - kBits);
  return kHalf * static_cast<size_t>(shift) + static_cast<size_t>(value >> static_cast<unsigned>(shift));
}

uint64_t Histogram::HighestAt(size_t place) {
  if (place < 2 * kHalf) return place;
  const auto shift = static_cast<unsigned>(place / kHalf - 1);
  const uint64_t top = kHalf + place % kHalf;
  return ((top + 1) << shift) - 1;
}

void Histogram::Add(Nanos value) {
  value = std::clamp(value, Nanos{0}, kMax);
  ++counts_[PlaceOf(static_cast<uint64_t>(value.count()))];
  ++count_;
  max_ = std::max(max_, value);
}

void Histogram::Merge(const Histogram& other) {
  for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

void Histogram::Clear() {
  std::fill(counts_.begin(), counts_.end(), 0);
  count_ = 0;
  max_ = Nanos{0};
}

Nanos Histogram::Percentile(double percent) const {
  const auto rank = static_cast<int64_t>(std::ceil(percent / 100 * static_cast<double>(count_)));
  int64_t seen = 0;
  for (size_t place = 0; place < counts_.size(); ++place) {
    seen += counts_[place];
    if (counts_[place] > 0 && seen >= rank) return std::min(Nanos{HighestAt(place)}, max_);
  }
  return max_;
}

}  // namespace latchkey::load
