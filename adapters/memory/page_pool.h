// Pages of memory for many records, cut from chunks that the system backs by huge pages where it can.
//
// Records lie all over memory, and an attempt meets a few of them at random: with pages of 4 KiB nearly each
// is behind a translation that the processor has forgotten. `madvise(2)`, MADV_HUGEPAGE; where the system has
// none, the chunks are usual memory.
#pragma once

#include <cstddef>

#include "absl/base/thread_annotations.h"
#include "adapters/memory/parted.h"
#include "engine/base/mutex.h"

namespace latchkey {

// Thread-safe. A chunk whose pages are all given back goes back to the system, but for the last one that has
// room.
class PagePool {
 public:
  static constexpr size_t kPage = 4096;

  PagePool() = default;
  // Requires: all pages were given back.
  ~PagePool();
  PagePool(const PagePool&) = delete;
  PagePool& operator=(const PagePool&) = delete;

  // A page, aligned to its size, of any content. Throws std::bad_alloc.
  [[nodiscard]] void* Take() ABSL_LOCKS_EXCLUDED(mutex_);
  void Give(void* page) ABSL_LOCKS_EXCLUDED(mutex_);

  // What it has of the system, given out or not.
  [[nodiscard]] size_t bytes() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  mutable Mutex mutex_;
  PartedList with_room_ ABSL_GUARDED_BY(mutex_);  // chunks, whose parts are pages
  size_t chunks_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace latchkey
