#include "adapters/memory/ledger_queue.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace latchkey {
namespace {

constexpr TimePoint kUntil{Duration(1'760'000'000'000)};

// Keys of one lane.
Key KeyOf(uint64_t n) { return {.high = n * LedgerQueue::kLanes, .low = 0}; }

class LedgerQueueTest : public testing::Test {
 protected:
  std::vector<std::string> Drained() {
    std::vector<std::string> written;
    EXPECT_TRUE(queue_
                    .Drain([&](std::string_view frames) {
                      written.emplace_back(frames);
                      return absl::OkStatus();
                    })
                    .ok());
    return written;
  }

  LedgerQueue queue_{size_t{1} << 20U};
};

TEST_F(LedgerQueueTest, SaysOnceThatALaneIsWorthWriting) {
  LedgerQueue queue(size_t{64} << 20U);
  int said = 0;
  const std::string record(1000, 'r');
  for (uint64_t i = 0; i < 2 * LedgerQueue::kWorthWriting / record.size(); ++i)
    said += queue.Add(KeyOf(i), record, kUntil) == LedgerQueue::Added::kWorthWriting ? 1 : 0;
  EXPECT_EQ(said, 1);
  ASSERT_TRUE(queue.Drain([](std::string_view) { return absl::OkStatus(); }).ok());
  EXPECT_EQ(queue.bytes(), 0U);
  for (uint64_t i = 0; i < LedgerQueue::kWorthWriting / record.size(); ++i)
    said += queue.Add(KeyOf(i), record, kUntil) == LedgerQueue::Added::kWorthWriting ? 1 : 0;
  EXPECT_EQ(said, 2);
}

TEST_F(LedgerQueueTest, WhatCannotBeWrittenWaitsOnBeforeWhatCameMeanwhile) {
  queue_.Add(KeyOf(1), "first", kUntil);
  const absl::Status status = queue_.Drain([&](std::string_view) {
    queue_.Add(KeyOf(1), "second", kUntil);
    return absl::UnavailableError("no disk");
  });
  EXPECT_FALSE(status.ok());
  const std::vector<std::string> written = Drained();
  ASSERT_EQ(written.size(), 1U);
  EXPECT_LT(written[0].find("first"), written[0].find("second"));
  EXPECT_NE(written[0].find("second"), std::string::npos);
  EXPECT_TRUE(Drained().empty());
}

TEST_F(LedgerQueueTest, EachLaneIsBounded) {
  const std::string record(1000, 'r');
  size_t overran = 0;
  for (uint64_t i = 0; i < 200; ++i)
    overran += queue_.Add(KeyOf(i), record, kUntil) == LedgerQueue::Added::kOverran ? 1 : 0;
  EXPECT_GE(overran, 3U) << "64 KiB in a lane";
  EXPECT_LE(queue_.bytes(), size_t{64} << 10U);
  EXPECT_EQ(queue_.Add({.high = 1, .low = 0}, record, kUntil), LedgerQueue::Added::kWaits) << "another lane";
}

}  // namespace
}  // namespace latchkey
