#include "adapters/memory/ledger_batches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "tests/support/scratch_folder.h"

namespace latchkey {
namespace {

constexpr TimePoint kUntil{Duration(1'760'000'000'000)};

// What a file of these frames gives back: its payloads, one after the other.
struct ReadBack {
  std::string items;
  size_t frames = 0;
  size_t longest = 0;
};

class LedgerBatchesTest : public testing::Test {
 protected:
  static void Add(uint64_t first, uint64_t last, LedgerBatches& batches) {
    for (uint64_t i = first; i <= last; ++i)
      batches.Add({.high = i, .low = i}, std::string(100, static_cast<char>('a' + i % 26)), kUntil);
  }
  // The items of such a call.
  static std::string Items(uint64_t first, uint64_t last) {
    std::string items;
    const auto put = [&items](uint64_t value, int bytes) {
      for (int i = 0; i < bytes; ++i) items += static_cast<char>(value >> (8 * i));
    };
    for (uint64_t i = first; i <= last; ++i) {
      put(100, 4);
      put(i, 8);
      put(i, 8);
      put(static_cast<uint64_t>(kUntil.time_since_epoch().count()), 8);
      items.append(100, static_cast<char>('a' + i % 26));
    }
    return items;
  }
  ReadBack Read(std::string_view frames) {
    const std::string path = folder_.File("batches");
    const FileFormat format{.magic = "LKTESTED", .environment = "production"};
    ReadReport report;
    {
      auto file = FramedFile::Open(
          path, format, [](std::string_view) {}, report);
      EXPECT_TRUE(file.ok() && file->Append(frames).ok());
    }
    ReadBack back;
    const auto read = FramedFile::Open(
        path, format,
        [&](std::string_view payload) {
          back.items += payload;
          ++back.frames;
          back.longest = std::max(back.longest, payload.size());
        },
        report);
    EXPECT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(report.damaged, 0U);
    EXPECT_EQ(report.cut_bytes, 0U);
    return back;
  }

  ScratchFolder folder_;
};

TEST_F(LedgerBatchesTest, ItemsComeBackInTheirOrderFromWholeFrames) {
  LedgerBatches batches;
  EXPECT_TRUE(batches.Close().empty());
  Add(1, 2'000, batches);
  const ReadBack back = Read(batches.Close());
  EXPECT_EQ(back.items, Items(1, 2'000));
  EXPECT_EQ(back.frames, 4U) << "256,000 bytes";
  EXPECT_LT(back.longest, (64U << 10U) + 200);
}

TEST_F(LedgerBatchesTest, WhatCouldNotBeWrittenComesBeforeWhatWasAddedMeanwhile) {
  LedgerBatches earlier;
  Add(1, 700, earlier);
  (void)earlier.Close();
  LedgerBatches batches;
  Add(701, 1'500, batches);
  batches.Prepend(std::move(earlier));
  Add(1'501, 1'600, batches);
  EXPECT_EQ(Read(batches.Close()).items, Items(1, 1'600));
}

TEST_F(LedgerBatchesTest, IsUsedAgainWithTheMemoryThatItHas) {
  LedgerBatches batches;
  Add(1, 1'000, batches);
  const size_t capacity = batches.capacity();
  batches.Clear();
  EXPECT_TRUE(batches.empty());
  Add(5, 9, batches);
  EXPECT_EQ(batches.capacity(), capacity);
  EXPECT_EQ(Read(batches.Close()).items, Items(5, 9));
}

}  // namespace
}  // namespace latchkey
