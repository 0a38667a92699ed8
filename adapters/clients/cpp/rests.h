// How long to rest between tries to connect: doubling from `first` up to `max`, each somewhere in its upper
// half, so that many clients of one server do not come back in step.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace latchkey::client {

// Thread-compatible.
class Rests {
 public:
  using Duration = std::chrono::milliseconds;

  // Requires: 0 < first <= max.
  Rests(Duration first, Duration max) : first_(first), max_(max), next_(first) {}

  // `random`: uniformly distributed bits, at least 32.
  [[nodiscard]] Duration Next(uint64_t random) {
    const Duration whole = next_;
    next_ = std::min(max_, next_ * 2);
    const auto half = static_cast<uint64_t>(whole.count() / 2);
    return whole - Duration(static_cast<int64_t>(random % (half + 1)));
  }
  void Reset() { next_ = first_; }

 private:
  Duration first_;
  Duration max_;
  Duration next_;
};

}  // namespace latchkey::client
