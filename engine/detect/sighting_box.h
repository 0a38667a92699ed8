// What is to be told to other nodes, until it is taken: bounded, so that a flood costs no memory, and what
// found no room is counted. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
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
    NoteState();
  }
  // To be asked before a sighting is made, which costs more: whether there is room. A hint, since Put says;
  // but no is no, and what was seen is dropped.
  [[nodiscard]] bool HasRoom() {
    const State state = state_.load(std::memory_order_relaxed);
    if (state == State::kFull) Drop();
    return state == State::kOpen;
  }
  // False when there is no room after all: it is dropped.
  bool Put(Sighting&& sighting) {
    const MutexLock lock(mutex_);
    if (waiting_.size() >= capacity_) {
      if (capacity_ > 0) Drop();
      return false;
    }
    waiting_.push_back(std::move(sighting));
    NoteState();
    return true;
  }
  [[nodiscard]] std::vector<Sighting> Take() {
    std::vector<Sighting> taken;
    const MutexLock lock(mutex_);
    taken.swap(waiting_);
    waiting_.reserve(capacity_);
    NoteState();
    return taken;
  }
  // How many found an open box full, so far.
  [[nodiscard]] uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  enum class State : uint8_t { kClosed, kOpen, kFull };

  void Drop() { dropped_.fetch_add(1, std::memory_order_relaxed); }
  void NoteState() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const State open = waiting_.size() < capacity_ ? State::kOpen : State::kFull;
    state_.store(capacity_ == 0 ? State::kClosed : open, std::memory_order_relaxed);
  }

  Mutex mutex_;
  std::vector<Sighting> waiting_ ABSL_GUARDED_BY(mutex_);
  size_t capacity_ ABSL_GUARDED_BY(mutex_) = 0;
  std::atomic<State> state_{State::kClosed};
  std::atomic<uint64_t> dropped_{0};
};

}  // namespace latchkey
