// What happens when: the agenda of a simulated day.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/clock.h"

namespace latchkey::lab {

class Actor;

// Something that an actor has planned. The two numbers mean what the actor likes.
struct Event {
  TimePoint at;
  uint64_t order = 0;  // of two at the same time, who was planned first
  Actor* actor = nullptr;
  uint32_t what = 0;
  uint32_t which = 0;
};

// Not thread-safe.
class EventQueue {
 public:
  void Plan(TimePoint at, Actor& actor, uint32_t what, uint32_t which) {
    heap_.push_back({.at = at, .order = planned_++, .actor = &actor, .what = what, .which = which});
    std::push_heap(heap_.begin(), heap_.end(), Later);
  }
  // The next event; nothing when the day is over.
  std::optional<Event> Next() {
    if (heap_.empty()) return std::nullopt;
    std::pop_heap(heap_.begin(), heap_.end(), Later);
    const Event next = heap_.back();
    heap_.pop_back();
    return next;
  }

 private:
  static bool Later(const Event& a, const Event& b) { return a.at != b.at ? a.at > b.at : a.order > b.order; }
  std::vector<Event> heap_;
  uint64_t planned_ = 0;
};

}  // namespace latchkey::lab
