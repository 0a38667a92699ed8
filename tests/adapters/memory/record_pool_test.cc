#include "adapters/memory/record_pool.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <set>
#include <vector>

namespace latchkey {
namespace {

struct Block {
  unsigned char* at;
  size_t size;
  unsigned char filled;
};

Block Taken(RecordPool& pool, PagePool& pages, size_t bytes, unsigned char fill) {
  const size_t size = RecordPool::BlockFor(bytes);
  Block block{static_cast<unsigned char*>(pool.Take(pages, size)), size, fill};
  std::memset(block.at, fill, size);
  return block;
}

bool Intact(const Block& block) {
  for (size_t i = 0; i < block.size; ++i) {
    if (block.at[i] != block.filled) return false;
  }
  return true;
}

TEST(RecordPool, ABlockHasRoomForWhatWasAskedAndAtMostAnEighthMore) {
  for (size_t bytes = 48; bytes <= 5000; ++bytes) {
    const size_t block = RecordPool::BlockFor(bytes);
    EXPECT_GE(block, bytes);
    EXPECT_LE(block, bytes + std::max<size_t>(15, bytes / 8));
    EXPECT_EQ(RecordPool::BlockFor(block), block);
  }
}

TEST(RecordPool, BlocksKeepWhatIsWrittenToThemWhateverIsTakenAndGivenBackBesides) {
  std::mt19937_64 random(7);
  PagePool pages;
  RecordPool pool;
  std::vector<Block> taken;
  for (int step = 0; step < 60'000; ++step) {
    // Now mostly taken, now mostly given back.
    const bool takes = random() % 100 < (step / 10'000 % 2 == 0 ? 70U : 30U);
    if (takes || taken.empty()) {
      taken.push_back(Taken(pool, pages, 48 + random() % 1100, static_cast<unsigned char>(random())));
      EXPECT_EQ(reinterpret_cast<uintptr_t>(taken.back().at) % 16, 0U);
      continue;
    }
    std::swap(taken[random() % taken.size()], taken.back());
    ASSERT_TRUE(Intact(taken.back()));
    pool.Give(pages, taken.back().at, taken.back().size);
    taken.pop_back();
  }
  for (const Block& block : taken) {
    ASSERT_TRUE(Intact(block));
    pool.Give(pages, block.at, block.size);
  }
}

TEST(RecordPool, WhatAFloodOfSmallRecordsLeavesBehindServesLargeOnes) {
  constexpr size_t kFlood = 100'000;
  PagePool pages;
  RecordPool flooded;
  RecordPool other;
  std::vector<Block> flood;
  for (size_t i = 0; i < kFlood; ++i) flood.push_back(Taken(flooded, pages, 150, 1));
  const size_t most = pages.bytes();
  EXPECT_GE(most, kFlood * 150);
  EXPECT_LE(most, kFlood * 180);
  for (const Block& block : flood) flooded.Give(pages, block.at, block.size);
  EXPECT_LT(pages.bytes(), most / 5) << "most of it is the system's again";
  std::vector<Block> large;
  for (size_t i = 0; i < kFlood / 8; ++i) large.push_back(Taken(i % 2 == 0 ? flooded : other, pages, 900, 2));
  EXPECT_LE(pages.bytes(), most);
  for (size_t i = 0; i < large.size(); ++i)
    (i % 2 == 0 ? flooded : other).Give(pages, large[i].at, large[i].size);
}

TEST(PagePool, PagesAreAlignedApartAndGivenOutAgain) {
  PagePool pages;
  std::set<void*> taken;
  for (int i = 0; i < 2000; ++i) {
    void* page = pages.Take();
    EXPECT_EQ(reinterpret_cast<uintptr_t>(page) % PagePool::kPage, 0U);
    std::memset(page, i, PagePool::kPage);
    EXPECT_TRUE(taken.insert(page).second);
  }
  const size_t held = pages.bytes();
  EXPECT_GE(held, 2000 * PagePool::kPage);
  for (int i = 0; i < 10; ++i) {
    pages.Give(*taken.begin());
    EXPECT_EQ(pages.Take(), *taken.begin());
  }
  EXPECT_EQ(pages.bytes(), held);
  for (void* page : taken) pages.Give(page);
  EXPECT_LT(pages.bytes(), held);
  EXPECT_GT(pages.bytes(), 0U)
      << "the last chunk stays, so that one page alone does not cost two system calls";
}

}  // namespace
}  // namespace latchkey
