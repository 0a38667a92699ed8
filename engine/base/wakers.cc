#include "engine/base/wakers.h"

namespace latchkey {

Wakers::Subscription Wakers::Add(std::function<void()> wake) {
  auto waker = std::make_shared<Waker>(std::move(wake));
  const MutexLock lock(mutex_);
  std::erase_if(wakers_, [](const auto& old) { return old.expired(); });
  if (wakers_.size() >= count_max_) return nullptr;
  wakers_.emplace_back(waker);
  any_ = true;
  return waker;
}

void Wakers::Wake() {
  if (!any_.load(std::memory_order_acquire)) return;
  std::vector<std::shared_ptr<Waker>> live;
  {
    const MutexLock lock(mutex_);
    std::erase_if(wakers_, [](const auto& old) { return old.expired(); });
    any_ = !wakers_.empty();
    live.reserve(wakers_.size());
    for (const auto& waker : wakers_) {
      if (auto held = waker.lock()) live.push_back(std::move(held));
    }
  }
  for (const auto& waker : live) (*waker)();
}

}  // namespace latchkey
