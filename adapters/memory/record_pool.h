// Blocks of memory for packed records. Blocks of one size share a page; a page that nobody has a block of is
// given back, whatever size comes next. So what a flood leaves behind serves who comes after it.
#pragma once

#include <array>
#include <cstddef>

#include "absl/base/thread_annotations.h"
#include "adapters/memory/page_pool.h"
#include "adapters/memory/parted.h"
#include "engine/base/mutex.h"

namespace latchkey {

// So much of a record is asked for ahead: most are no longer.
inline constexpr size_t kRecordUsual = 192;

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
  static constexpr size_t kClasses = 32;
  static size_t ClassOf(size_t block);

  Mutex mutex_;
  std::array<PartedList, kClasses> with_room_ ABSL_GUARDED_BY(mutex_);  // pages, whose parts are blocks
};

}  // namespace latchkey
