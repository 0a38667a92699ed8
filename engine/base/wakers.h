// Whom to wake when something has happened. A waker only says "look again"; what happened is read elsewhere,
// so a slow reader holds nothing up.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "engine/base/mutex.h"

namespace latchkey {

// Thread-safe.
class Wakers {
 public:
  // Keeps the waker in the list for as long as it lives.
  using Subscription = std::shared_ptr<void>;

  explicit Wakers(size_t count_max) : count_max_(count_max) {}

  // Null when there are `count_max` already. `wake` must be fast and may be called from any thread, once more
  // even while the subscription is being dropped.
  [[nodiscard]] Subscription Add(std::function<void()> wake);

  // Calls all wakers. Costs one load when there are none.
  void Wake();

 private:
  using Waker = std::function<void()>;

  const size_t count_max_;
  std::atomic<bool> any_{false};
  Mutex mutex_;
  std::vector<std::weak_ptr<Waker>> wakers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace latchkey
