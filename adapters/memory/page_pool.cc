#include "adapters/memory/page_pool.h"

#include <sys/mman.h>

#include <new>

namespace latchkey {
namespace {

constexpr size_t kChunk = size_t{2} << 20U;  // A huge page of x86-64, and of arm64 with pages of 4 KiB.

// The first page of a chunk is its head.
constexpr size_t kPages = kChunk / PagePool::kPage - 1;

char* FirstPage(Parted& chunk) { return reinterpret_cast<char*>(&chunk) + PagePool::kPage; }

Parted* NewChunk() {
  // Twice as much, of which the aligned part is kept.
  void* const mapped =
      mmap(nullptr, 2 * kChunk, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  char* const start = static_cast<char*>(mapped);
  char* const chunk = reinterpret_cast<char*>(Parted::Around(start + kChunk - 1, kChunk));
  if (chunk != start) munmap(start, static_cast<size_t>(chunk - start));
  munmap(chunk + kChunk, static_cast<size_t>(start + kChunk - chunk));
  (void)madvise(chunk, kChunk, MADV_HUGEPAGE);
  return new (chunk) Parted(kPages);
}

}  // namespace

PagePool::~PagePool() {
  const MutexLock lock(mutex_);
  if (with_room_.first() != nullptr) munmap(with_room_.first(), kChunk);
}

void* PagePool::Take() {
  const MutexLock lock(mutex_);
  if (with_room_.first() == nullptr) {
    with_room_.Add(*NewChunk());
    ++chunks_;
  }
  Parted& chunk = *with_room_.first();
  void* const page = chunk.Take(FirstPage(chunk), kPage);
  if (chunk.full()) with_room_.Remove(chunk);
  return page;
}

void PagePool::Give(void* page) {
  const MutexLock lock(mutex_);
  Parted& chunk = *Parted::Around(page, kChunk);
  if (chunk.full()) with_room_.Add(chunk);
  chunk.Give(page);
  if (!chunk.empty() || with_room_.IsAlone(chunk)) return;
  with_room_.Remove(chunk);
  munmap(&chunk, kChunk);
  --chunks_;
}

size_t PagePool::bytes() const {
  const MutexLock lock(mutex_);
  return chunks_ * kChunk;
}

}  // namespace latchkey
