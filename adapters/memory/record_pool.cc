#include "adapters/memory/record_pool.h"

#include <sanitizer/asan_interface.h>

#include <new>

#include "engine/base/prefetch.h"

namespace latchkey {
namespace {

// Sizes are multiples of a step that grows with them; what is larger than all is the allocator's.
constexpr size_t kSmall = 256;
constexpr size_t kMiddle = 512;
constexpr size_t kLarge = 1024;

constexpr size_t StepFor(size_t bytes) { return bytes <= kSmall ? 16 : bytes <= kMiddle ? 32 : 64; }

// Blocks begin behind the head of their page.
char* FirstBlock(Parted& page) { return reinterpret_cast<char*>(&page + 1); }

Parted* NewPage(PagePool& pages, size_t block) {
  return new (pages.Take()) Parted((PagePool::kPage - sizeof(Parted)) / block);
}

}  // namespace

size_t RecordPool::BlockFor(size_t bytes) {
  const size_t step = StepFor(bytes);
  return (bytes + step - 1) / step * step;
}

size_t RecordPool::ClassOf(size_t block) {
  const size_t step = StepFor(block);
  constexpr size_t kOfSmall = kSmall / 16;
  return step == 16   ? block / step - 1
         : step == 32 ? kOfSmall - 1 + (block - kSmall) / step
                      : kOfSmall + (kMiddle - kSmall) / 32 - 1 + (block - kMiddle) / step;
}

void* RecordPool::Take(PagePool& pages, size_t block) {
  if (block > kLarge) return ::operator new(block);
  const MutexLock lock(mutex_);
  PartedList& with_room = with_room_[ClassOf(block)];
  if (with_room.first() == nullptr) with_room.Add(*NewPage(pages, block));
  Parted& page = *with_room.first();
  void* const taken = page.Take(FirstBlock(page), block);
  if (page.full()) {
    with_room.Remove(page);
  } else if (page.next_is_new()) {
    // Nobody has touched it yet.
    Prefetch<For::kWriting>(page.Next(FirstBlock(page), block), kRecordUsual);
  }
  ASAN_UNPOISON_MEMORY_REGION(taken, block);
  return taken;
}

void RecordPool::ExpectGive(const void* taken) {
  PrefetchLine<For::kWriting>(Parted::Around(taken, PagePool::kPage));
}

void RecordPool::Give(PagePool& pages, void* taken, size_t block) {
  if (block > kLarge) return ::operator delete(taken);
  const MutexLock lock(mutex_);
  PartedList& with_room = with_room_[ClassOf(block)];
  Parted& page = *Parted::Around(taken, PagePool::kPage);
  if (page.full()) with_room.Add(page);
  page.Give(taken);
  if (page.empty()) {
    with_room.Remove(page);
    ASAN_UNPOISON_MEMORY_REGION(&page, PagePool::kPage);
    return pages.Give(&page);
  }
  // But for the link, so that who still looks at a record that is gone is found out.
  ASAN_POISON_MEMORY_REGION(static_cast<char*>(taken) + sizeof(void*), block - sizeof(void*));
}

}  // namespace latchkey
