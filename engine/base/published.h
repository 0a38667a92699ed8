// A pointer to what never changes, read by all threads all the time and seldom set to something else.
//
// Each place of threads has a copy with a lock and a count of references of its own, so that readers hardly
// ever touch what other threads write.
#pragma once

#include <array>
#include <memory>
#include <utility>

#include "engine/base/mutex.h"
#include "engine/base/thread_place.h"

namespace latchkey {

// Thread-safe. Whoever sets it reads what he set; others may read what was there before until Set returns.
template <typename T>
class Published {
 public:
  explicit Published(std::shared_ptr<const T> value) { Set(std::move(value)); }

  [[nodiscard]] std::shared_ptr<const T> Get() const {
    const Copy& copy = copies_[ThreadPlace()];
    const MutexLock lock(copy.mutex);
    return copy.value;
  }

  void Set(const std::shared_ptr<const T>& value) {
    const MutexLock setting(set_mutex_);
    for (Copy& copy : copies_) {
      std::shared_ptr<const T> own(value.get(), [value](const T*) {});
      const MutexLock lock(copy.mutex);
      copy.value.swap(own);
    }
  }

 private:
  struct alignas(64) Copy {
    mutable Mutex mutex;
    std::shared_ptr<const T> value ABSL_GUARDED_BY(mutex);
  };
  Mutex set_mutex_;  // so that the same one is the last everywhere
  std::array<Copy, kThreadPlaces> copies_;
};

}  // namespace latchkey
