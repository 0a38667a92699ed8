// Objects that are used again with the memory that they have, so that a steady state asks for none.
#pragma once

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "engine/base/mutex.h"
#include "engine/base/thread_place.h"

namespace latchkey {

// Where a pooled object belongs; for the pool alone.
struct Pooled {
  size_t place = 0;
};

// Thread-safe; threads have places of their own, so that they hardly ever wait for one another. T is a
// Pooled. What is not in use is kept, up to a bound; what is in use belongs to who took it.
template <typename T>
class Pool {
 public:
  Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // One that was given back, as it was then, or a new one.
  [[nodiscard]] std::unique_ptr<T> Take() {
    const size_t own = ThreadPlace();
    {
      Place& place = places_[own];
      const MutexLock lock(place.mutex);
      if (!place.free.empty()) {
        std::unique_ptr<T> taken = std::move(place.free.back());
        place.free.pop_back();
        return taken;
      }
    }
    auto made = std::make_unique<T>();
    made->Pooled::place = own;
    return made;
  }

  // From any thread: it goes back to the place that it was taken from.
  void Give(std::unique_ptr<T> used) {
    Place& place = places_[used->Pooled::place];
    const MutexLock lock(place.mutex);
    if (place.free.size() < kKept) place.free.push_back(std::move(used));
  }

 private:
  static constexpr size_t kKept = 64;

  struct alignas(64) Place {
    Mutex mutex;
    std::vector<std::unique_ptr<T>> free ABSL_GUARDED_BY(mutex);
  };

  std::array<Place, kThreadPlaces> places_;
};

}  // namespace latchkey
