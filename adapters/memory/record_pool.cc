#include "adapters/memory/record_pool.h"

#include <sanitizer/asan_interface.h>

#include <cstdint>
#include <new>

#include "engine/base/prefetch.h"

namespace latchkey {
namespace {

struct FreeBlock {
  FreeBlock* next;
};

// Sizes are multiples of a step that grows with them; what is larger than all is the allocator's.
constexpr size_t kSmall = 256;
constexpr size_t kMiddle = 512;
constexpr size_t kLarge = 1024;
// Of the block that is taken next, which nobody has touched yet, so much is asked for ahead.
constexpr size_t kUsual = 192;

constexpr size_t StepFor(size_t bytes) { return bytes <= kSmall ? 16 : bytes <= kMiddle ? 32 : 64; }

}  // namespace

// A page of blocks of one size, which begin after this head.
struct RecordPool::Slab {
  explicit Slab(size_t block) : room(static_cast<uint16_t>((PagePool::kPage - sizeof(Slab)) / block)) {}

  [[nodiscard]] bool full() const { return taken == room; }
  void* Block(size_t n, size_t block) { return reinterpret_cast<char*>(this + 1) + n * block; }

  Slab* next = nullptr;
  Slab* previous = nullptr;
  FreeBlock* free = nullptr;
  uint16_t untouched = 0;  // No block from here on was ever given out.
  uint16_t taken = 0;
  const uint16_t room;
};

RecordPool::Slab* RecordPool::SlabOf(const void* taken) {
  return reinterpret_cast<Slab*>(reinterpret_cast<uintptr_t>(taken) / PagePool::kPage * PagePool::kPage);
}

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

void RecordPool::Link(Slab* slab, size_t of) {
  slab->previous = nullptr;
  slab->next = with_room_[of];
  if (slab->next != nullptr) slab->next->previous = slab;
  with_room_[of] = slab;
}

void RecordPool::Unlink(Slab* slab, size_t of) {
  (slab->previous == nullptr ? with_room_[of] : slab->previous->next) = slab->next;
  if (slab->next != nullptr) slab->next->previous = slab->previous;
}

void* RecordPool::Take(PagePool& pages, size_t block) {
  if (block > kLarge) return ::operator new(block);
  const size_t of = ClassOf(block);
  const MutexLock lock(mutex_);
  if (with_room_[of] == nullptr) Link(new (pages.Take()) Slab(block), of);
  Slab* const slab = with_room_[of];
  void* taken = slab->free;
  if (taken != nullptr) {
    slab->free = slab->free->next;
  } else {
    taken = slab->Block(slab->untouched++, block);
  }
  ++slab->taken;
  if (slab->full()) {
    Unlink(slab, of);
  } else if (slab->free == nullptr) {
    Prefetch<For::kWriting>(slab->Block(slab->untouched, block), kUsual);
  }
  ASAN_UNPOISON_MEMORY_REGION(taken, block);
  return taken;
}

void RecordPool::ExpectGive(const void* taken) { PrefetchLine<For::kWriting>(SlabOf(taken)); }

void RecordPool::Give(PagePool& pages, void* taken, size_t block) {
  if (block > kLarge) return ::operator delete(taken);
  const size_t of = ClassOf(block);
  Slab* const slab = SlabOf(taken);
  const MutexLock lock(mutex_);
  if (slab->full()) Link(slab, of);
  if (--slab->taken == 0) {
    Unlink(slab, of);
    ASAN_UNPOISON_MEMORY_REGION(slab, PagePool::kPage);
    pages.Give(slab);
    return;
  }
  slab->free = new (taken) FreeBlock{slab->free};
  // But for the link, so that who still looks at a record that is gone is found out.
  ASAN_POISON_MEMORY_REGION(slab->free + 1, block - sizeof(FreeBlock));
}

}  // namespace latchkey
