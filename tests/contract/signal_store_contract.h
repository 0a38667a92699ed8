// What every signal store promises, as stories. A store joins with one small file:
//
//   INSTANTIATE_TEST_SUITE_P(Memory, SignalStoreContract, testing::Values(StoreUnderTest{"memory", make}),
//                            StoreUnderTest::Name);
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/store/signal_store.h"
#include "tests/support/fake_clock.h"

namespace latchkey {

struct StoreUnderTest {
  std::string name;
  // A store that takes its time from the clock when a request names none.
  std::function<std::shared_ptr<SignalStore>(const Clock&)> make;

  static std::string Name(const testing::TestParamInfo<StoreUnderTest>& info) { return info.param.name; }
  friend void PrintTo(const StoreUnderTest& store, std::ostream* out) { *out << store.name; }
};

inline constexpr Duration kTokenLife = std::chrono::minutes(2);

// A counter that is charged, whose retention is as long as its limits need.
CounterAsk CounterOf(uint16_t signature, Limits limits);
// An attempt that may be answered in these lanes.
ChargeRequest AttemptIn(std::vector<LaneAsk> lanes);
LaneAsk StrangerLane(std::vector<CounterAsk> account, std::vector<CounterAsk> network = {});
LaneAsk LaneWith(Lane lane, uint64_t proof_id, std::vector<CounterAsk> account);

// The report of an attempt: `settlement` gives back every counter that it was charged with.
SettleRequest ReportOf(const ChargeRequest& request, const ChargeResult& charged, Settlement settlement);

Limit ChallengeAbove(int64_t above, Duration window);
Limit LockoutAbove(int64_t above, Duration window, Duration hold);
Limit ThrottleAbove(int64_t above, Duration window, Wait wait);
Limit Consecutive(int64_t above);

// Makes the calls of a store and waits for their answers.
class StoreCaller {
 public:
  // Keys that no other caller uses.
  explicit StoreCaller(std::shared_ptr<SignalStore> store);
  // The same store, with other keys.
  [[nodiscard]] StoreCaller Elsewhere() const { return StoreCaller(store_); }

  void Expect() { store_->Expect(keys); }
  // These fail the test when the store answers with a status.
  ChargeResult Charge(const ChargeRequest& request) { return Charge(keys, request); }
  ChargeResult Charge(const ShardKeys& at, const ChargeRequest& request);
  SettleResult Settle(const SettleRequest& request) { return Settle(keys, request); }
  SettleResult Settle(const ShardKeys& at, const SettleRequest& request);
  Record Update(const SignalStore::Change& change);
  Record UpdateNetwork(const SignalStore::Change& change);
  ShardRecords Read();

  ShardKeys keys;

 private:
  std::shared_ptr<SignalStore> store_;
};

class SignalStoreContract : public testing::TestWithParam<StoreUnderTest> {
 protected:
  SignalStoreContract() : caller_(GetParam().make(clock_)) {}

  // Whether the attempt is admitted, in whatever lane. Each call is an attempt of its own.
  bool Admits(ChargeRequest request);
  ChargeResult Charge(ChargeRequest request);
  SettleResult Report(const ChargeRequest& request, const ChargeResult& charged, Settlement settlement);
  // How many charges the account's record holds in this series.
  int64_t CountOf(SeriesId series);

  FakeClock clock_;
  StoreCaller caller_;
  uint64_t next_reservation_ = 1;
};

}  // namespace latchkey
