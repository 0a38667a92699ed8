// Memory that is given out in equal parts, and lists of what has parts left.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

namespace latchkey {

// The head of such memory, which lies at its beginning; its parts begin behind it. Thread-compatible.
class Parted {
 public:
  explicit Parted(size_t room) : room_(static_cast<uint16_t>(room)) {}

  // The one that a part lies in, of those that begin at multiples of `size`, their own.
  static Parted* Around(const void* part, size_t size) {
    return reinterpret_cast<Parted*>(reinterpret_cast<uintptr_t>(part) / size * size);
  }

  [[nodiscard]] bool full() const { return taken_ == room_; }
  [[nodiscard]] bool empty() const { return taken_ == 0; }
  // Whether the part that is taken next was never given out.
  [[nodiscard]] bool next_is_new() const { return free_ == nullptr; }
  // That part, where parts of this size begin at `first`.
  [[nodiscard]] void* Next(char* first, size_t size) const {
    return next_is_new() ? first + untouched_ * size : static_cast<void*>(free_);
  }

  // Requires: it is not full.
  void* Take(char* first, size_t size) {
    void* const part = Next(first, size);
    if (next_is_new()) {
      ++untouched_;
    } else {
      free_ = free_->next;
    }
    ++taken_;
    return part;
  }
  // Writes to the first bytes of the part, a pointer's.
  void Give(void* part) {
    free_ = new (part) Free{free_};
    --taken_;
  }

 private:
  friend class PartedList;
  struct Free {
    Free* next;
  };

  Parted* next_ = nullptr;
  Parted* previous_ = nullptr;
  Free* free_ = nullptr;
  uint16_t untouched_ = 0;  // No part from here on was ever given out.
  uint16_t taken_ = 0;
  const uint16_t room_;
};

// Thread-compatible.
class PartedList {
 public:
  [[nodiscard]] Parted* first() const { return first_; }
  [[nodiscard]] bool IsAlone(const Parted& one) const { return first_ == &one && one.next_ == nullptr; }

  void Add(Parted& one) {
    one.previous_ = nullptr;
    one.next_ = first_;
    if (first_ != nullptr) first_->previous_ = &one;
    first_ = &one;
  }
  // Requires: it is in this list.
  void Remove(Parted& one) {
    (one.previous_ == nullptr ? first_ : one.previous_->next_) = one.next_;
    if (one.next_ != nullptr) one.next_->previous_ = one.previous_;
  }

 private:
  Parted* first_ = nullptr;
};

}  // namespace latchkey
