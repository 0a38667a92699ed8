#include "adapters/memory/page_pool.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace latchkey {
namespace {

constexpr size_t kChunk = size_t{2} << 20U;  // A huge page of x86-64, and of arm64 with pages of 4 KiB.

struct FreePage {
  FreePage* next;
};

template <typename T>
T* AlignedDown(void* at, size_t to) {
  return reinterpret_cast<T*>(reinterpret_cast<uintptr_t>(at) / to * to);
}

}  // namespace

// The first page of a chunk.
struct PagePool::Chunk {
  static constexpr size_t kPages = kChunk / kPage - 1;

  [[nodiscard]] bool full() const { return taken == kPages; }
  void* Page(size_t n) { return reinterpret_cast<char*>(this) + (n + 1) * kPage; }

  Chunk* next = nullptr;
  Chunk* previous = nullptr;
  FreePage* free = nullptr;
  size_t untouched = 0;  // No page from here on was ever given out.
  size_t taken = 0;
};

PagePool::~PagePool() {
  const MutexLock lock(mutex_);
  if (with_room_ != nullptr) munmap(with_room_, kChunk);
}

PagePool::Chunk* PagePool::NewChunk() {
  // Twice as much, of which the aligned part is kept.
  void* const mapped =
      mmap(nullptr, 2 * kChunk, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  char* const start = static_cast<char*>(mapped);
  char* const chunk = AlignedDown<char>(start + kChunk - 1, kChunk);
  if (chunk != start) munmap(start, static_cast<size_t>(chunk - start));
  munmap(chunk + kChunk, static_cast<size_t>(start + kChunk - chunk));
  (void)madvise(chunk, kChunk, MADV_HUGEPAGE);
  return new (chunk) Chunk;
}

void PagePool::Link(Chunk* chunk) {
  chunk->previous = nullptr;
  chunk->next = with_room_;
  if (with_room_ != nullptr) with_room_->previous = chunk;
  with_room_ = chunk;
}

void PagePool::Unlink(Chunk* chunk) {
  (chunk->previous == nullptr ? with_room_ : chunk->previous->next) = chunk->next;
  if (chunk->next != nullptr) chunk->next->previous = chunk->previous;
}

void* PagePool::Take() {
  const MutexLock lock(mutex_);
  if (with_room_ == nullptr) {
    Link(NewChunk());
    ++chunks_;
  }
  Chunk* const chunk = with_room_;
  void* page = chunk->free;
  if (page != nullptr) {
    chunk->free = chunk->free->next;
  } else {
    page = chunk->Page(chunk->untouched++);
  }
  ++chunk->taken;
  if (chunk->full()) Unlink(chunk);
  return page;
}

void PagePool::Give(void* page) {
  const MutexLock lock(mutex_);
  auto* const chunk = AlignedDown<Chunk>(page, kChunk);
  if (chunk->full()) Link(chunk);
  chunk->free = new (page) FreePage{chunk->free};
  const bool others = chunk->next != nullptr || chunk->previous != nullptr;
  if (--chunk->taken > 0 || !others) return;
  Unlink(chunk);
  munmap(chunk, kChunk);
  --chunks_;
}

size_t PagePool::bytes() const {
  const MutexLock lock(mutex_);
  return chunks_ * kChunk;
}

}  // namespace latchkey
