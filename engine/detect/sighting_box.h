// What is to be told to other nodes, until it is taken: bounded, so that a flood costs no memory.
// Thread-safe.
#pragma once

#include <atomic>
#include <utility>
#include <vector>

#include "engine/base/mutex.h"
#include "engine/detect/sighting.h"

namespace latchkey {

class SightingBox {
 public:
  // With a capacity of 0 it is closed: it takes nothing, and nobody is told anything.
  void Open(size_t capacity) {
    const MutexLock lock(mutex_);
    capacity_ = capacity;
    waiting_.reserve(capacity);
    full_ = waiting_.size() >= capacity;
  }
  // A hint: Put says.
  [[nodiscard]] bool full() const { return full_.load(std::memory_order_relaxed); }
  // False when there is no room.
  bool Put(Sighting&& sighting) {
    const MutexLock lock(mutex_);
    if (waiting_.size() >= capacity_) return false;
    waiting_.push_back(std::move(sighting));
    full_.store(waiting_.size() >= capacity_, std::memory_order_relaxed);
    return true;
  }
  [[nodiscard]] std::vector<Sighting> Take() {
    std::vector<Sighting> taken;
    const MutexLock lock(mutex_);
    taken.swap(waiting_);
    waiting_.reserve(capacity_);
    full_.store(capacity_ == 0, std::memory_order_relaxed);
    return taken;
  }

 private:
  Mutex mutex_;
  std::vector<Sighting> waiting_ ABSL_GUARDED_BY(mutex_);
  size_t capacity_ ABSL_GUARDED_BY(mutex_) = 0;
  std::atomic<bool> full_{true};
};

}  // namespace latchkey
