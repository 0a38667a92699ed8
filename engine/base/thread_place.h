// A small number of each thread, by which threads keep out of one another's way.
#pragma once

#include <atomic>
#include <cstddef>

namespace latchkey {

inline constexpr size_t kThreadPlaces = 16;

// Below kThreadPlaces; the same all the thread's life. Threads share one when there are more of them.
[[nodiscard]] inline size_t ThreadPlace() {
  static std::atomic<size_t> threads{0};
  thread_local const size_t own = threads.fetch_add(1, std::memory_order_relaxed) % kThreadPlaces;
  return own;
}

}  // namespace latchkey
