#include "adapters/memory/ledger_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "engine/signal/record_codec.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scratch_folder.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

Key Account(uint64_t n) { return {.high = uint64_t{1} << 60U | n, .low = n}; }

constexpr Key kNetwork{.high = 99, .low = 99};

// One run of the service: a store and its log.
struct Node {
  Node(const Clock& clock, LedgerOptions options) : store(clock, MemoryStoreOptions{}) {
    absl::StatusOr<std::unique_ptr<LedgerLog>> opened = LedgerLog::Open(std::move(options), clock, store);
    status = opened.status();
    if (opened.ok()) log = *std::move(opened);
  }
  // Charges one failure, as an attempt of a stranger does.
  void Charge(uint64_t account, uint64_t reservation) {
    auto request = std::make_shared<ChargeRequest>();
    request->reservation_id = reservation;
    request->token_life = minutes(2);
    request->keep = hours(24);
    request->lanes.push_back(
        {.lane = Lane::kStranger, .account = {{.signature = 3, .charged = true, .horizon = hours(24)}}});
    store.Charge({.account = Account(account), .network = kNetwork}, request, seconds(1),
                 [](const absl::StatusOr<ChargeResult>& result) { EXPECT_EQ(result->admitted, 0); });
  }
  size_t Charges(uint64_t account) {
    size_t charges = 0;
    store.Read({.account = Account(account), .network = kNetwork}, seconds(1),
               [&](const absl::StatusOr<ShardRecords>& records) {
                 if (!records->account->series.empty()) charges = records->account->series[0].entries.size();
               });
    return charges;
  }

  MemorySignalStore store;
  std::unique_ptr<LedgerLog> log;
  absl::Status status;
};

class LedgerLogTest : public testing::Test {
 protected:
  LedgerOptions Options() { return {.path = path_, .environment = "production", .flush_every = hours(1)}; }

  FakeClock clock_;
  ScratchFolder folder_;
  std::string path_ = folder_.File("signals");
};

TEST_F(LedgerLogTest, ARestartGoesOnWhereTheLastRunEnded) {
  {
    Node node(clock_, Options());
    node.Charge(1, 1);
    node.Charge(1, 2);
    ASSERT_TRUE(node.log->Flush().ok());
    node.Charge(2, 3);
  }
  Node node(clock_, Options());
  ASSERT_TRUE(node.status.ok()) << node.status;
  EXPECT_EQ(node.Charges(1), 2U);
  EXPECT_EQ(node.Charges(2), 1U);
  EXPECT_EQ(node.log->metrics().read.frames, 2U) << "what one flush writes has one checksum";
}

TEST_F(LedgerLogTest, ACrashLosesOnlyWhatWasNotFlushed) {
  std::string at_crash;
  {
    Node node(clock_, Options());
    node.Charge(1, 1);
    ASSERT_TRUE(node.log->Flush().ok());
    node.Charge(1, 2);
    at_crash = ScratchFolder::Read(path_);
  }
  ScratchFolder::Write(path_, at_crash);
  EXPECT_EQ(Node(clock_, Options()).Charges(1), 1U);
}

TEST_F(LedgerLogTest, FlushesByItself) {
  LedgerOptions options = Options();
  options.flush_every = Duration(5);
  Node node(clock_, options);
  node.Charge(1, 1);
  for (int i = 0; i < 2'000 && node.log->metrics().flushes == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_GE(node.log->metrics().flushes, 1U);
  EXPECT_EQ(node.log->metrics().queued_bytes, 0U);
}

TEST_F(LedgerLogTest, CutsATornEndAndCountsIt) {
  {
    Node node(clock_, Options());
    node.Charge(1, 1);
    ASSERT_TRUE(node.log->Flush().ok());
    node.Charge(1, 2);
  }
  const std::string whole = ScratchFolder::Read(path_);
  ScratchFolder::Write(path_, whole.substr(0, whole.size() - 3));
  Node node(clock_, Options());
  EXPECT_EQ(node.Charges(1), 1U);
  EXPECT_GT(node.log->metrics().read.cut_bytes, 0U);
}

TEST_F(LedgerLogTest, ManyBatchesAreReadBackAndADamagedOneIsLostAlone) {
  constexpr uint64_t kAccounts = 5'000;
  {
    Node node(clock_, Options());
    for (uint64_t i = 1; i <= kAccounts; ++i) node.Charge(i, i);
  }
  {
    Node node(clock_, Options());
    EXPECT_GE(node.log->metrics().read.frames, 3U);
    for (uint64_t i = 1; i <= kAccounts; ++i) ASSERT_EQ(node.Charges(i), 1U) << i;
  }
  std::string bytes = ScratchFolder::Read(path_);
  bytes[bytes.size() / 2] ^= 1;
  ScratchFolder::Write(path_, bytes);
  Node node(clock_, Options());
  EXPECT_EQ(node.log->metrics().read.damaged, 1U);
  EXPECT_EQ(node.log->metrics().damaged_records, 0U);
  uint64_t left = 0;
  for (uint64_t i = 1; i <= kAccounts; ++i) left += node.Charges(i);
  EXPECT_GT(left, kAccounts / 3);
  EXPECT_LT(left, kAccounts);
}

TEST_F(LedgerLogTest, ReadsAFileOfTheFormerVersionAndWritesItAnew) {
  const Key key = Account(1);
  {
    ReadReport report;
    auto file = FramedFile::Open(
        path_, {.magic = "LKLEDGER", .version = 1, .environment = "production"}, [](std::string_view) {},
        report);
    ASSERT_TRUE(file.ok()) << file.status();
    Record record;
    record.series.push_back({.id = {.signature = 3, .sub = 0}, .entries = {{.at = clock_.Now()}}});
    std::string payload;
    for (const uint64_t word :
         {key.high, key.low, static_cast<uint64_t>((clock_.Now() + hours(1)).time_since_epoch().count())}) {
      for (int shift = 0; shift < 64; shift += 8) payload += static_cast<char>(word >> shift);
    }
    std::string frames;
    FramedFile::Frame(payload + EncodeRecord(record), frames);
    ASSERT_TRUE(file->Append(frames).ok());
  }
  for (int run = 1; run <= 2; ++run) {
    Node node(clock_, Options());
    ASSERT_TRUE(node.status.ok()) << node.status;
    EXPECT_EQ(node.Charges(1), static_cast<size_t>(run));
    EXPECT_EQ(node.log->metrics().read.version, static_cast<uint32_t>(run));
    node.Charge(1, static_cast<uint64_t>(run));
  }
}

TEST_F(LedgerLogTest, WhatExpiredMeanwhileStaysAway) {
  {
    Node node(clock_, Options());
    node.Charge(1, 1);
    clock_.Advance(hours(23));
    node.Charge(2, 2);
  }
  clock_.Advance(hours(1));
  Node node(clock_, Options());
  EXPECT_EQ(node.Charges(1), 0U);
  EXPECT_EQ(node.Charges(2), 1U);
}

TEST_F(LedgerLogTest, WhatWasGivenBackStaysGivenBack) {
  {
    Node node(clock_, Options());
    node.Charge(1, 1);
    auto request = std::make_shared<SettleRequest>();
    request->reservation_id = 1;
    request->charged_at = clock_.Now();
    request->token_life = minutes(2);
    request->keep = hours(24);
    request->account.push_back({.series = {.signature = 3, .sub = 0}});
    node.store.Settle({.account = Account(1), .network = kNetwork}, request, seconds(1),
                      [](const absl::StatusOr<SettleResult>& result) { EXPECT_TRUE(result->given_back); });
  }
  EXPECT_EQ(Node(clock_, Options()).Charges(1), 0U);
}

TEST_F(LedgerLogTest, WritesItselfAnewWhenItIsTwiceWhatIsLive) {
  LedgerOptions options = Options();
  options.compact_above = 4'000;
  size_t charges = 0;
  {
    Node node(clock_, options);
    for (uint64_t i = 1; i <= 2'000; ++i) {
      node.Charge(i % 5, i);
      clock_.Advance(Duration(10));
      if (i % 100 == 0) {
        ASSERT_TRUE(node.log->Flush().ok());
      }
    }
    EXPECT_GE(node.log->metrics().compactions, 2U);
    EXPECT_LT(node.log->metrics().file_bytes, 200'000U);
    charges = node.Charges(3);
  }
  EXPECT_EQ(Node(clock_, options).Charges(3), charges);
}

TEST_F(LedgerLogTest, CompactingWhileTheStoreIsBusyLosesNothing) {
  LedgerOptions options = Options();
  options.compact_above = 1;
  options.flush_every = Duration(1);
  std::string last;
  {
    Node node(clock_, options);
    std::vector<std::thread> callers;
    for (uint64_t caller = 0; caller < 2; ++caller) {
      callers.emplace_back([&node, caller] {
        // However fast the store is, it is busy until the log has been written anew.
        for (uint64_t i = 1; i <= 3'000 || (i < 1'000'000 && node.log->metrics().compactions == 0); ++i)
          node.Charge(caller * 100 + i % 50, caller * 10'000'000 + i);
      });
    }
    for (std::thread& caller : callers) caller.join();
    EXPECT_GE(node.log->metrics().compactions, 1U);
    node.store.table().ForEach(clock_.Now(), [&](const Key& key, const RecordTable::Entry& entry) {
      if (key == Account(107)) last = entry.bytes();
    });
  }
  std::string restored;
  Node(clock_, options)
      .store.table()
      .ForEach(clock_.Now(), [&](const Key& key, const RecordTable::Entry& entry) {
        if (key == Account(107)) restored = entry.bytes();
      });
  EXPECT_FALSE(last.empty());
  EXPECT_EQ(restored, last);
}

TEST_F(LedgerLogTest, WhatIsWorthItIsWrittenBeforeTheNextFlush) {
  Node node(clock_, Options());  // which flushes once an hour
  const uint64_t before = ScratchFolder::Read(path_).size();
  for (uint64_t i = 1; ScratchFolder::Read(path_).size() == before; ++i) {
    ASSERT_LT(i, 200U);
    for (uint64_t j = 0; j < 1'000; ++j) node.Charge(i * 1'000 + j, i * 1'000 + j);
  }
  EXPECT_EQ(node.log->metrics().flushes, 0U) << "written, not synced";
  ASSERT_TRUE(node.log->Flush().ok());
  EXPECT_EQ(node.log->metrics().flushes, 1U);
}

TEST_F(LedgerLogTest, AQueueThatOverranIsMadeGoodFromMemory) {
  LedgerOptions options = Options();
  options.queue_bytes_max = 500 * LedgerQueue::kLanes;
  {
    Node node(clock_, options);
    for (uint64_t i = 1; i <= 200; ++i) node.Charge(i, i);
    EXPECT_GE(node.log->metrics().overruns, 1U);
    EXPECT_LE(node.log->metrics().queued_bytes, options.queue_bytes_max);
    ASSERT_TRUE(node.log->Flush().ok());
  }
  Node node(clock_, options);
  for (uint64_t i = 1; i <= 200; ++i) EXPECT_EQ(node.Charges(i), 1U) << i;
}

TEST_F(LedgerLogTest, RefusesAForeignFileAndLeavesItAsItIs) {
  ScratchFolder::Write(path_, "root:x:0:0:root:/root:/bin/bash\n");
  EXPECT_EQ(Node(clock_, Options()).status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ScratchFolder::Read(path_), "root:x:0:0:root:/root:/bin/bash\n");
}

TEST_F(LedgerLogTest, RefusesTheLogOfAnotherEnvironment) {
  { Node node(clock_, Options()); }
  LedgerOptions staging = Options();
  staging.environment = "staging";
  const Node node(clock_, staging);
  EXPECT_THAT(std::string(node.status.message()), HasSubstr("belongs to environment 'production'"));
}

TEST_F(LedgerLogTest, RefusesRecordsOfANewerRelease) {
  {
    Node node(clock_, Options());
    Record record;
    record.epoch = 1;
    std::string newer = EncodeRecord(record);
    newer[1] = 2;
    node.log->Put(Account(1), newer, clock_.Now() + hours(1));
  }
  const std::string bytes = ScratchFolder::Read(path_);
  EXPECT_THAT(std::string(Node(clock_, Options()).status.message()), HasSubstr("newer release"));
  EXPECT_EQ(ScratchFolder::Read(path_), bytes);
}

}  // namespace
}  // namespace latchkey
