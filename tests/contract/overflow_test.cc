// The overflow store: as any other while shared records are empty, and what becomes of accounts while a flood
// fills the store behind it.
#include <gtest/gtest.h>

#include "adapters/memory/memory_signal_store.h"
#include "engine/store/forwarding_store.h"
#include "engine/store/overflow_store.h"
#include "tests/contract/signal_store_contract.h"

namespace latchkey {
namespace {

constexpr uint16_t kGuesses = 7;

// Counts what a store is asked.
class CountingStore final : public ForwardingStore {
 public:
  explicit CountingStore(SignalStore& store) : ForwardingStore(store) {}
  void Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<ChargeResult>)> done) override {
    ++charges;
    store_.Charge(keys, std::move(request), deadline, std::move(done));
  }
  void Read(const ShardKeys& keys, Duration deadline,
            std::function<void(absl::StatusOr<ShardRecords>)> done) override {
    ++reads;
    store_.Read(keys, deadline, std::move(done));
  }

  std::atomic<uint64_t> charges{0};
  std::atomic<uint64_t> reads{0};

 private:
};

// The store behind it never shares by itself: it is big.
struct Flooded {
  explicit Flooded(const Clock& clock)
      : behind(clock, {}), counted(behind), store(counted, crowding, clock) {}
  MemorySignalStore behind;
  CountingStore counted;
  Crowding crowding;
  OverflowStore store;
};

std::shared_ptr<SignalStore> Calm(const Clock& clock) {
  const auto flooded = std::make_shared<Flooded>(clock);
  flooded->crowding.Set(/*crowded=*/false, /*sharing=*/true);
  return {flooded, &flooded->store};
}

INSTANTIATE_TEST_SUITE_P(Overflow, SignalStoreContract, testing::Values(StoreUnderTest{"overflow", Calm}),
                         StoreUnderTest::Name);

class OverflowStoreTest : public testing::Test {
 protected:
  static ChargeRequest Guess(int64_t above = 5) {
    static uint64_t last = 1'000'000;
    ChargeRequest request =
        AttemptIn({StrangerLane({CounterOf(kGuesses, {LockoutAbove(above, std::chrono::hours(24), {})})})});
    request.reservation_id = ++last;
    return request;
  }
  static ChargeRequest OnDevice() {
    ChargeRequest request = Guess();
    request.lanes.insert(request.lanes.begin(),
                         LaneWith(Lane::kDevice, 77, {CounterOf(8, {Consecutive(5)})}));
    return request;
  }

  StoreCaller Caller() { return StoreCaller({std::shared_ptr<void>(), &flooded_.store}); }
  Record Own(const StoreCaller& caller) {
    StoreCaller behind({std::shared_ptr<void>(), &flooded_.behind});
    behind.keys = caller.keys;
    return behind.Read().account;
  }
  size_t Records() const { return flooded_.behind.metrics().entries; }
  void Crowd() { flooded_.crowding.Set(true, true); }
  void Ease() { flooded_.crowding.Set(false, true); }

  FakeClock clock_;
  Flooded flooded_{clock_};
};

TEST_F(OverflowStoreTest, InventedAccountsMakeNoRecordsWhileItIsCrowded) {
  Crowd();
  for (int i = 0; i < 5'000; ++i) (void)Caller().Charge(Guess(1'000));
  EXPECT_LE(Records(), 2 * OverflowStore::kSharedRecords);
}

TEST_F(OverflowStoreTest, AVictimsCountStandsThroughTheFlood) {
  StoreCaller victim = Caller();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(victim.Charge(Guess()).admitted, 0);
  Crowd();
  for (int i = 0; i < 2'000; ++i) (void)Caller().Charge(Guess(1'000));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(victim.Charge(Guess()).admitted, 0);
  EXPECT_EQ(victim.Charge(Guess()).admitted, -1);
}

TEST_F(OverflowStoreTest, UnknownAccountsOnlyOvercount) {
  Crowd();
  StoreCaller one = Caller();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(one.Charge(Guess()).admitted, 0);
  EXPECT_EQ(one.Charge(Guess()).admitted, -1);
}

TEST_F(OverflowStoreTest, WhoShowsADeviceIsAnsweredFromARecordOfHisOwn) {
  Crowd();
  for (int i = 0; i < 2'000; ++i) (void)Caller().Charge(Guess(1'000));
  StoreCaller owner = Caller();
  EXPECT_EQ(owner.Charge(OnDevice()).admitted, 0);
  EXPECT_FALSE(Own(owner).empty());
}

TEST_F(OverflowStoreTest, ADeviceThatIsAdmittedCostsOneCallAndTouchesNoOtherRecord) {
  Crowd();
  StoreCaller owner = Caller();
  const uint64_t looks = flooded_.counted.reads;
  EXPECT_EQ(owner.Charge(OnDevice()).admitted, 0);
  EXPECT_EQ(flooded_.counted.charges, 1U);
  EXPECT_EQ(flooded_.counted.reads, looks);
  EXPECT_EQ(Records(), 1U);
}

TEST_F(OverflowStoreTest, ADeviceThatItsLaneRefusesIsAStrangerLikeOthers) {
  Crowd();
  StoreCaller owner = Caller();
  const auto attempt = [] {
    ChargeRequest request = OnDevice();
    request.lanes.front().account = {CounterOf(8, {LockoutAbove(2, std::chrono::hours(1), {})})};
    return request;
  };
  for (int i = 0; i < 2; ++i) EXPECT_EQ(owner.Charge(attempt()).admitted, 0);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(owner.Charge(attempt()).admitted, 1);
  EXPECT_EQ(owner.Charge(attempt()).admitted, -1);
  EXPECT_FALSE(Own(owner).empty());
}

TEST_F(OverflowStoreTest, ASuccessMakesARecordThatInheritsWhatWasCounted) {
  Crowd();
  StoreCaller account = Caller();
  for (int i = 0; i < 4; ++i) (void)account.Charge(Guess());
  const ChargeRequest login = Guess();
  const ChargeResult charged = account.Charge(login);
  ASSERT_EQ(charged.admitted, 0);
  SettleRequest report = ReportOf(login, charged, Settlement::kSuccess);
  report.device = Remember{.id = 5, .slots_max = 3, .name = {}};
  EXPECT_EQ(account.Settle(report).state, SettleResult::State::kSettled);
  EXPECT_EQ(account.Settle(report).state, SettleResult::State::kAlready) << "once";

  const Record own = Own(account);
  EXPECT_NE(own.FindSlot(Lane::kDevice, 5), nullptr);
  EXPECT_EQ(account.Charge(Guess()).admitted, 0) << "the login gave its own charge back";
  EXPECT_EQ(account.Charge(Guess()).admitted, -1) << "the four wrong guesses count on";
}

TEST_F(OverflowStoreTest, AfterTheFloodAnAccountTakesItsCountWithIt) {
  Crowd();
  StoreCaller account = Caller();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(account.Charge(Guess()).admitted, 0);
  Ease();
  EXPECT_EQ(account.Charge(Guess()).admitted, 0);
  EXPECT_EQ(account.Charge(Guess()).admitted, -1);
  EXPECT_FALSE(Own(account).empty());
}

TEST_F(OverflowStoreTest, WhatAnOwnerDoesMakesARecordThatInherits) {
  Crowd();
  StoreCaller account = Caller();
  for (int i = 0; i < 5; ++i) (void)account.Charge(Guess());
  (void)account.Update([](Record& record, TimePoint) { record.epoch = 3; });
  EXPECT_EQ(Own(account).epoch, 3);
  EXPECT_EQ(account.Charge(Guess()).admitted, -1);
}

TEST_F(OverflowStoreTest, APasswordTagOfOneAccountExcusesNobodyElse) {
  Crowd();
  StoreCaller account = Caller();
  ChargeRequest first = Guess();
  first.tag = 9;
  ChargeRequest second = Guess();
  second.tag = 9;
  EXPECT_EQ(account.Charge(first).admitted, 0);
  EXPECT_FALSE(account.Charge(second).shared);
}

}  // namespace
}  // namespace latchkey
