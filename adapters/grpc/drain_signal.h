// Tells streams that the server is about to end, so that they end by themselves and do not hold it up.
#pragma once

#include <atomic>
#include <functional>

#include "engine/base/wakers.h"

namespace latchkey {

// Thread-safe.
class DrainSignal {
 public:
  void Begin() {
    begun_ = true;
    wakers_.Wake();
  }
  [[nodiscard]] bool begun() const { return begun_; }
  // Null when there are too many streams.
  [[nodiscard]] Wakers::Subscription Follow(std::function<void()> wake) {
    return wakers_.Add(std::move(wake));
  }

 private:
  static constexpr size_t kStreamsMax = 10'000;

  std::atomic<bool> begun_{false};
  Wakers wakers_{kStreamsMax};
};

}  // namespace latchkey
