// The latest of a sequence of happenings, for readers that follow it at their own pace.
//
// Each happening has a number: 1, 2, 3, … A reader keeps the number of the last one it has seen; one that
// is too slow is told how many it has missed. Memory is bounded by the capacity, whatever the readers do.
//
// Thread-compatible.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace latchkey {

template <typename T>
class SequenceRing {
 public:
  struct Page {
    std::vector<T> items;   // oldest first
    uint64_t position = 0;  // of the last item: where to read on
    uint64_t missed = 0;    // happenings before the first item that are no longer kept
  };

  // Requires: capacity > 0.
  explicit SequenceRing(size_t capacity) : capacity_(capacity) {}

  void Append(T item) {
    const size_t place = static_cast<size_t>(last_ % capacity_);
    if (place < items_.size()) {
      items_[place] = std::move(item);
    } else {
      items_.push_back(std::move(item));
    }
    ++last_;
  }

  // The number of the latest happening; 0 before the first.
  [[nodiscard]] uint64_t last() const { return last_; }
  // The number of the oldest one that is kept.
  [[nodiscard]] uint64_t first() const { return last_ - items_.size() + 1; }

  // At most `count_max` happenings after `position`. A position of the future reads nothing.
  [[nodiscard]] Page ReadAfter(uint64_t position, size_t count_max) const {
    Page page{{}, std::min(position, last_), 0};
    if (page.position + 1 < first()) {
      page.missed = first() - page.position - 1;
      page.position = first() - 1;
    }
    while (page.position < last_ && page.items.size() < count_max) {
      page.items.push_back(items_[static_cast<size_t>(page.position % capacity_)]);
      ++page.position;
    }
    return page;
  }

 private:
  size_t capacity_;
  uint64_t last_ = 0;
  std::vector<T> items_;  // happening n is at (n - 1) modulo capacity
};

}  // namespace latchkey
