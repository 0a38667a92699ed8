// What is the memory store's own: its bounds, and what a flood can and cannot do. (tests/contract has the
// rest.)
#include "adapters/memory/memory_signal_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <string>
#include <thread>

#include "tests/support/fake_clock.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr uint16_t kFailures = 1;
constexpr int64_t kLimit = 5;

Key KeyOf(uint64_t n) {
  std::mt19937_64 random(n);
  return {.high = random() | (uint64_t{1} << 63U), .low = random()};
}

class MemorySignalStoreTest : public testing::Test {
 protected:
  static MemoryStoreOptions Small() {
    return {.entries_max = 400, .bytes_max = size_t{1} << 20U, .watermark = 0.5, .shared_records = 4};
  }

  // One guess of a stranger; each comes from a network of its own unless one is given.
  static ChargeRequest Guess() {
    static uint64_t next_reservation = 1;
    ChargeRequest request{.reservation_id = next_reservation++, .token_life = minutes(2), .keep = hours(24)};
    CounterAsk failures{.signature = kFailures,
                        .charged = true,
                        .limits = {{.above = kLimit, .window = hours(1), .then = Consequence::kChallenge}},
                        .windows = {hours(1)},
                        .horizon = hours(1)};
    request.lanes.push_back({.lane = Lane::kStranger, .account = {failures}, .network = {}});
    return request;
  }
  static ChargeRequest FromDevice(uint64_t device) {
    ChargeRequest request = Guess();
    LaneAsk lane{.lane = Lane::kDevice, .proof_id = device, .slots_max = 6};
    lane.account.push_back({.signature = 2, .sub_is_slot = true, .charged = true});
    request.lanes.insert(request.lanes.begin(), lane);
    return request;
  }

  absl::StatusOr<ChargeResult> Charge(const Key& account, const ChargeRequest& request) {
    absl::StatusOr<ChargeResult> answer;
    store_.Charge({.account = account, .network = KeyOf(1)}, std::make_shared<ChargeRequest>(request),
                  seconds(1), [&](absl::StatusOr<ChargeResult> result) { answer = std::move(result); });
    return answer;
  }
  SettleResult Settle(const Key& account, const ChargeResult& charge, std::optional<Remember> source) {
    SettleRequest request{.reservation_id = charge.reservation_id, .charged_at = charge.records.now};
    request.account.push_back({.series = {.signature = kFailures, .sub = 0}, .horizon = hours(1)});
    request.source = std::move(source);
    request.token_life = minutes(2);
    request.keep = hours(24);
    SettleResult answer;
    store_.Settle({.account = account, .network = KeyOf(1)}, std::make_shared<SettleRequest>(request),
                  seconds(1), [&](absl::StatusOr<SettleResult> result) { answer = *std::move(result); });
    return answer;
  }
  Record Read(const Key& account) {
    Record answer;
    store_.Read({.account = account, .network = KeyOf(1)}, seconds(1),
                [&](absl::StatusOr<ShardRecords> records) { answer = records->account; });
    return answer;
  }
  void Flood(uint64_t accounts) {
    for (uint64_t i = 0; i < accounts; ++i) ASSERT_TRUE(Charge(KeyOf(1'000'000 + i), Guess()).ok());
  }

  FakeClock clock_;
  MemorySignalStore store_{clock_, Small()};
};

TEST_F(MemorySignalStoreTest, AnEvictingFloodForgetsNoCounterThatHoldsEvidence) {
  // Named after weakforced: a locked-out key was forgotten after four seconds of distinct keys.
  const Key victim = KeyOf(7);
  for (int i = 0; i < kLimit; ++i) ASSERT_EQ(Charge(victim, Guess())->admitted, 0);
  Flood(10'000);
  EXPECT_EQ(Charge(victim, Guess())->admitted, -1);
  EXPECT_EQ(Read(victim).series[0].entries.size(), static_cast<size_t>(kLimit));
}

TEST_F(MemorySignalStoreTest, AFloodOfInventedAccountsStaysWithinItsShare) {
  Flood(10'000);
  EXPECT_LE(store_.metrics().entries, 200U + 4U);
  EXPECT_LE(store_.metrics().bytes, Small().bytes_max);
  EXPECT_GT(store_.metrics().overflowed, 0U);
}

TEST_F(MemorySignalStoreTest, UnderAFloodUnknownStrangersMeetMoreCautionAndNeverLess) {
  Flood(10'000);
  const Key unknown = KeyOf(8);
  int admitted = 0;
  for (int i = 0; i < 100; ++i) admitted += Charge(unknown, Guess())->admitted == 0 ? 1 : 0;
  EXPECT_LE(admitted, kLimit);
}

TEST_F(MemorySignalStoreTest, UnderAFloodADeviceHasARecordOfItsOwn) {
  Flood(10'000);
  const Key owner = KeyOf(9);
  EXPECT_EQ(Charge(owner, FromDevice(77))->admitted, 0);
  const Record record = Read(owner);
  ASSERT_EQ(record.slots.size(), 1U);
  EXPECT_EQ(record.slots[0].id, 77U);
  EXPECT_EQ(Read(KeyOf(10)).slots.size(), 0U) << "nobody else has that device";
}

TEST_F(MemorySignalStoreTest, ALoginUnderAFloodMovesTheAccountOutOfTheSharedRecord) {
  Flood(300);
  clock_.Advance(hours(1));  // the crowd's windows have room again, and nothing has expired
  const Key owner = KeyOf(9);
  const absl::StatusOr<ChargeResult> charge = Charge(owner, Guess());
  ASSERT_EQ(charge->admitted, 0);
  const SettleResult settled = Settle(owner, *charge, Remember{.id = 5, .slots_max = 5});
  EXPECT_EQ(settled.state, SettleResult::State::kSettled);
  EXPECT_TRUE(settled.given_back);
  EXPECT_NE(Read(owner).FindSlot(Lane::kFamiliar, 5), nullptr);
  for (uint64_t other = 0; other < 100; ++other)
    EXPECT_TRUE(Read(KeyOf(5'000 + other)).slots.empty()) << "a shared record holds nobody's proof";
}

TEST_F(MemorySignalStoreTest, WhatAnAccountWasChargedInTheSharedRecordStaysWithItWhenTheFloodIsOver) {
  Flood(300);
  clock_.Advance(hours(23) + minutes(30));
  const Key victim = KeyOf(9);
  for (int i = 0; i < kLimit; ++i) ASSERT_EQ(Charge(victim, Guess())->admitted, 0);
  clock_.Advance(minutes(30));
  store_.Expire();
  EXPECT_LT(store_.metrics().entries, 10U);
  EXPECT_EQ(Charge(victim, Guess())->admitted, -1);
}

TEST_F(MemorySignalStoreTest, InASharedRecordAPasswordTagIsNobodysSecondTry) {
  Flood(300);
  clock_.Advance(hours(1));
  ChargeRequest request = Guess();
  request.tag = 9;
  ASSERT_FALSE(Charge(KeyOf(8), request)->shared);
  // 4 shared records: some of these lie in the same one.
  for (uint64_t other = 0; other < 16; ++other) {
    request.reservation_id = 10'000 + other;
    EXPECT_FALSE(Charge(KeyOf(5'000 + other), request)->shared);
  }
}

TEST_F(MemorySignalStoreTest, WhenEvenTheReservedRestIsFullItSaysSo) {
  Flood(300);
  for (uint64_t i = 0; i < 196; ++i) ASSERT_TRUE(Charge(KeyOf(2'000'000 + i), FromDevice(i)).ok()) << i;
  const absl::StatusOr<ChargeResult> answer = Charge(KeyOf(9), FromDevice(1));
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(store_.metrics().refused, 1U);
  EXPECT_LE(store_.metrics().entries, Small().entries_max);
  EXPECT_EQ(Charge(KeyOf(2'000'000), FromDevice(0))->admitted, 0) << "who has a place keeps it";
}

TEST_F(MemorySignalStoreTest, DropsRecordsWhoseTimeIsOverInSmallSteps) {
  Flood(150);
  clock_.Advance(hours(24) - Duration(1));
  while (store_.Expire() > 0) continue;
  EXPECT_GE(store_.metrics().entries, 150U);
  clock_.Advance(hours(1));
  EXPECT_LE(store_.Expire(/*steps=*/100), 100U);
  EXPECT_GE(store_.metrics().entries, 50U);
  while (store_.Expire(100) > 0) continue;
  EXPECT_EQ(store_.metrics().entries, 0U);
  EXPECT_EQ(store_.metrics().bytes, 0U);
  EXPECT_GE(store_.metrics().expired, 150U);
}

TEST_F(MemorySignalStoreTest, ARecordWhoseTimeIsOverIsNotReadThoughItIsStillThere) {
  ASSERT_TRUE(Charge(KeyOf(9), Guess()).ok());
  clock_.Advance(hours(24));
  EXPECT_EQ(Read(KeyOf(9)), Record{});
}

TEST_F(MemorySignalStoreTest, SaysUntilWhenRecordsOfTheirOwnStandAndOfNoOthers) {
  const auto stands_until = [&](const Key& account) {
    return store_.StandsUntil({.account = account, .network = KeyOf(1)});
  };
  const Key account = KeyOf(20);
  ASSERT_TRUE(Charge(account, Guess()).ok());
  EXPECT_EQ(stands_until(account), TimePoint::min()) << "the network has no record";
  ChargeRequest of_both = Guess();  // counted in both records
  of_both.lanes[0].network = of_both.lanes[0].account;
  ASSERT_TRUE(Charge(account, of_both).ok());
  EXPECT_EQ(stands_until(account), clock_.Now() + hours(24));
  EXPECT_EQ(stands_until(KeyOf(21)), TimePoint::min()) << "the account has none";

  clock_.Advance(hours(1));
  ASSERT_TRUE(Charge(account, Guess()).ok());
  EXPECT_EQ(stands_until(account), clock_.Now() + hours(23)) << "the network's ends first";
  Flood(10'000);
  EXPECT_EQ(stands_until(account), clock_.Now() + hours(23));
  ASSERT_TRUE(Charge(KeyOf(22), Guess()).ok());
  EXPECT_EQ(stands_until(KeyOf(22)), TimePoint::min()) << "it shares one with others";
  clock_.Advance(hours(23));
  EXPECT_EQ(stands_until(account), TimePoint::min());
}

TEST_F(MemorySignalStoreTest, CallsMayBeExpectedWhileItGrows) {
  MemorySignalStore store(clock_, {});
  std::atomic<bool> grown{false};
  std::thread expecting([&] {
    for (uint64_t i = 0; !grown; ++i) {
      const ShardKeys keys{.account = KeyOf(i % 20'000), .network = KeyOf(i % 7)};
      store.Expect(keys);
      store.ExpectNow(keys);
    }
  });
  int admitted = 0;
  for (uint64_t i = 0; i < 20'000; ++i) {
    store.Charge({.account = KeyOf(i), .network = KeyOf(i % 7)}, std::make_shared<ChargeRequest>(Guess()),
                 seconds(1), [&](const absl::StatusOr<ChargeResult>& result) {
                   admitted += result.ok() && result->admitted == 0 ? 1 : 0;
                 });
  }
  grown = true;
  expecting.join();
  EXPECT_EQ(admitted, 20'000);
}

TEST_F(MemorySignalStoreTest, GuessAndSuccessForeverTakeNoRoom) {
  const Key owner = KeyOf(9);
  for (int day = 0; day < 1000; ++day) {
    const absl::StatusOr<ChargeResult> charge = Charge(owner, Guess());
    ASSERT_EQ(charge->admitted, 0);
    Settle(owner, *charge, std::nullopt);
    clock_.Advance(hours(2));
  }
  EXPECT_LE(store_.metrics().entries, 2U);
}

TEST_F(MemorySignalStoreTest, KeepsASnapshotAndReadsItBack) {
  ASSERT_EQ(Charge(KeyOf(9), FromDevice(3))->admitted, 0);
  ASSERT_EQ(Charge(KeyOf(8), Guess())->admitted, 0);
  MemorySignalStore copy(clock_, Small());
  store_.table().ForEach(clock_.Now(), [&](const Key& key, const RecordTable::Entry& entry) {
    EXPECT_TRUE(copy.Restore(key, entry.bytes(), entry.keep_until()).ok());
  });
  EXPECT_EQ(copy.metrics().entries, store_.metrics().entries);
  EXPECT_EQ(copy.metrics().proven, 1U);
  EXPECT_EQ(copy.Restore(KeyOf(1), "\xff not a record", clock_.Now() + hours(1)).code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace latchkey
