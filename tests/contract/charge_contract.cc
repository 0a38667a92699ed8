// One attempt, many callers: all or nothing, in the right order, exactly the budget.
#include <atomic>
#include <thread>

#include "tests/contract/signal_store_contract.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

CounterAsk Failures(int64_t above) { return CounterOf(2, {ChallengeAbove(above, hours(1))}); }
CounterAsk BySource(int64_t above) { return CounterOf(3, {ChallengeAbove(above, hours(1))}); }

TEST_P(SignalStoreContract, AHundredParallelGuessesGetExactlyTheBudget) {
  // weakforced, §4.1-2 (and Keycloak's CVE-2024-4629): asking and counting were two steps, so all passed.
  for (int round = 0; round < 5; ++round) {
    caller_ = caller_.Elsewhere();
    std::atomic<int> admitted{0};
    std::vector<std::thread> attackers;
    for (uint64_t attacker = 0; attacker < 4; ++attacker) {
      attackers.emplace_back([&, attacker] {
        ChargeRequest guess = AttemptIn({StrangerLane({Failures(5)}, {BySource(1'000)})});
        for (uint64_t i = 0; i < 25; ++i) {
          guess.reservation_id = 1 + attacker * 100 + i;
          admitted += caller_.Charge(guess).admitted == 0 ? 1 : 0;
        }
      });
    }
    for (std::thread& attacker : attackers) attacker.join();
    EXPECT_EQ(admitted, 5);
    EXPECT_EQ(CountOf({.signature = 2, .sub = 0}), 5);
  }
}

TEST_P(SignalStoreContract, ACrowdOfAccountsAndNetworksNeverWaitsForItself) {
  // Pairs of records in both orders, at once.
  std::vector<StoreCaller> places;
  for (int i = 0; i < 4; ++i) places.push_back(caller_.Elsewhere());
  std::vector<std::thread> crowd;
  std::atomic<int> admitted{0};
  for (uint64_t one = 0; one < 4; ++one) {
    crowd.emplace_back([&, one] {
      ChargeRequest guess = AttemptIn({StrangerLane({Failures(10'000)}, {BySource(10'000)})});
      for (uint64_t i = 0; i < 100; ++i) {
        guess.reservation_id = 1 + one * 1'000 + i;
        const ShardKeys keys{.account = caller_.keys.account, .network = caller_.keys.network};
        const ShardKeys crossed{.account = places[(one + i) % 4].keys.account,
                                .network = places[(one + 3 * i) % 4].keys.network};
        admitted += caller_.Charge(i % 2 == 0 ? keys : crossed, guess).admitted == 0 ? 1 : 0;
      }
    });
  }
  for (std::thread& one : crowd) one.join();
  EXPECT_EQ(admitted, 400);
}

TEST_P(SignalStoreContract, AChargeIsAllOrNothingOverBothShards) {
  const ChargeRequest guess = AttemptIn({StrangerLane({Failures(1)}, {BySource(5)})});
  EXPECT_TRUE(Admits(guess));
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(Admits(guess));
  const ShardRecords records = caller_.Read();
  EXPECT_EQ(records.account->series[0].entries.size(), 1U);
  EXPECT_EQ(records.network->series[0].entries.size(), 1U) << "refused by the account, so not the source's";
  EXPECT_EQ(records.account->reservations.size(), 1U);
}

TEST_P(SignalStoreContract, ASourceThatIsRefusedNeverChargesAVictim) {
  const ChargeRequest guess = AttemptIn({StrangerLane({Failures(100)}, {BySource(3)})});
  const Key own_account = caller_.keys.account;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Admits(guess));
  caller_.keys.account = caller_.Elsewhere().keys.account;
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(Admits(guess));
  EXPECT_EQ(caller_.Read().account, Record{});
  caller_.keys.account = own_account;
  EXPECT_EQ(CountOf({.signature = 2, .sub = 0}), 3);
}

TEST_P(SignalStoreContract, ASpentLaneIsAnsweredAsTheNextWeakerOne) {
  LaneAsk device = LaneWith(Lane::kDevice, 7, {CounterOf(SeriesId::kEverBit | 4, {Consecutive(2)})});
  const ChargeRequest attempt = AttemptIn({device, StrangerLane({Failures(1)})});
  EXPECT_EQ(Charge(attempt).admitted, 0);
  EXPECT_EQ(Charge(attempt).admitted, 0);
  EXPECT_EQ(Charge(attempt).admitted, 1);
  EXPECT_EQ(Charge(attempt).admitted, -1);
}

TEST_P(SignalStoreContract, StrangersChangeNothingForADevice) {
  LaneAsk device = LaneWith(Lane::kDevice, 7, {CounterOf(SeriesId::kEverBit | 4, {Consecutive(2)})});
  const ChargeRequest stranger = AttemptIn({StrangerLane({Failures(3)}, {BySource(3)})});
  for (int i = 0; i < 50; ++i) Charge(stranger);
  const ChargeRequest owner = AttemptIn({device, StrangerLane({Failures(3)}, {BySource(3)})});
  EXPECT_EQ(Charge(owner).admitted, 0);
}

TEST_P(SignalStoreContract, AnAnswerHoldsTheRecordsAsTheyAreAfterTheCharge) {
  const ChargeRequest guess = AttemptIn({StrangerLane({Failures(5)}, {BySource(5)})});
  const ChargeResult charged = Charge(guess);
  EXPECT_EQ(charged.records.now, clock_.Now());
  const ShardRecords read = caller_.Read();
  EXPECT_EQ(charged.records.account, read.account);
  EXPECT_EQ(charged.records.network, read.network);
  ASSERT_EQ(read.account->reservations.size(), 1U);
  EXPECT_EQ(read.account->reservations[0].id, charged.reservation_id);
  EXPECT_EQ(read.account->reservations[0].at, clock_.Now());
}

TEST_P(SignalStoreContract, ADryRunAnswersAlikeAndChangesNothing) {
  ChargeRequest guess =
      AttemptIn({LaneWith(Lane::kChallenged, 31, {Failures(1)}), StrangerLane({Failures(1)})});
  guess.dry_run = true;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Charge(guess).admitted, 0);
  EXPECT_EQ(caller_.Read().account, Record{});
  guess.dry_run = false;
  EXPECT_EQ(Charge(guess).admitted, 0);
  const Record before = caller_.Read().account;
  guess.dry_run = true;
  EXPECT_EQ(Charge(guess).admitted, -1);
  EXPECT_EQ(caller_.Read().account, before);
}

TEST_P(SignalStoreContract, ACallThatIsExpectedChangesNothing) {
  caller_.Expect();
  EXPECT_EQ(caller_.Read().account, Record{});
  EXPECT_TRUE(Admits(AttemptIn({StrangerLane({Failures(5)})})));
  const Record before = caller_.Read().account;
  caller_.Expect();
  EXPECT_EQ(caller_.Read().account, before);
}

TEST_P(SignalStoreContract, ARefusalChangesNothing) {
  const ChargeRequest guess = AttemptIn({StrangerLane({Failures(2)}, {BySource(9)})});
  Charge(guess);
  Charge(guess);
  const ShardRecords before = caller_.Read();
  clock_.Advance(minutes(1));
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(Admits(guess));
  EXPECT_EQ(caller_.Read().account, before.account);
  EXPECT_EQ(caller_.Read().network, before.network);
}

TEST_P(SignalStoreContract, WhatHappenedElsewhereIsCountedEvenWhenItWouldBeRefused) {
  ChargeRequest guess = AttemptIn({StrangerLane({Failures(2)}, {BySource(9)})});
  guess.forced = true;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Charge(guess).admitted, i < 2 ? 0 : -1) << i;
  EXPECT_EQ(CountOf({.signature = 2, .sub = 0}), 4);
  clock_.Advance(hours(1) - Duration(1));
  guess.forced = false;
  EXPECT_FALSE(Admits(guess));
}

TEST_P(SignalStoreContract, ARequestMayBringItsOwnTime) {
  ChargeRequest guess = AttemptIn({StrangerLane({Failures(1)})});
  guess.now = clock_.Now() - hours(2);
  EXPECT_EQ(Charge(guess).records.now, *guess.now);
  guess.now.reset();
  EXPECT_TRUE(Admits(guess)) << "that was two hours ago";
  EXPECT_FALSE(Admits(guess));
}

TEST_P(SignalStoreContract, AccountsAndNetworksHaveNothingToDoWithEachOther) {
  const ChargeRequest guess = AttemptIn({StrangerLane({Failures(1)})});
  EXPECT_TRUE(Admits(guess));
  caller_.keys.account = caller_.Elsewhere().keys.account;
  EXPECT_TRUE(Admits(guess)) << "another account from the same network";
  EXPECT_FALSE(Admits(guess));
}

}  // namespace
}  // namespace latchkey
