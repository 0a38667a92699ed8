// Blocks of memory for packed records. Blocks of one size share a page; a page that nobody has a block of is
// given back, whatever size comes next. So what a flood leaves behind serves who comes after it.
#pragma once

#include <array>
#include <cstddef>

#include "absl/base/thread_annotations.h"
#include "adapters/memory/page_pool.h"
#include "engine/base/mutex.h"

namespace latchkey {

// Thread-safe.
class alignas(64) RecordPool {
 public:
  RecordPool() = default;
  RecordPool(const RecordPool&) = delete;
  RecordPool& operator=(const RecordPool&) = delete;

  // How large a block for so many bytes is: up to an eighth more.
  [[nodiscard]] static size_t BlockFor(size_t bytes);

  // Aligned to 16. Requires: `block` is what BlockFor answered. Throws std::bad_alloc.
  [[nodiscard]] void* Take(PagePool& pages, size_t block) ABSL_LOCKS_EXCLUDED(mutex_);
  // Begins to load what Give will look at.
  static void ExpectGive(const void* taken);
  // Requires: taken here, as large as this, from the same pages.
  void Give(PagePool& pages, void* taken, size_t block) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Slab;

  static constexpr size_t kClasses = 32;
  static size_t ClassOf(size_t block);
  static Slab* SlabOf(const void* taken);
  void Link(Slab* slab, size_t of) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Unlink(Slab* slab, size_t of) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  std::array<Slab*, kClasses> with_room_ ABSL_GUARDED_BY(mutex_){};  // lists
};

}  // namespace latchkey
