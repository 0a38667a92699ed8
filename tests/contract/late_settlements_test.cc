#include "engine/store/late_settlements.h"

#include <gtest/gtest.h>

#include "adapters/memory/memory_signal_store.h"
#include "engine/store/forwarding_store.h"
#include "tests/contract/signal_store_contract.h"

namespace latchkey {
namespace {

// A store that can be cut off, with its settlements executed all the same or not.
class CutStore final : public ForwardingStore {
 public:
  enum class Cut { kNo, kBefore, kAfter };

  using ForwardingStore::ForwardingStore;

  void Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<SettleResult>)> done) override {
    ++tries;
    if (cut == Cut::kBefore) return done(absl::UnavailableError("cut off"));
    if (cut == Cut::kNo) return store_.Settle(keys, std::move(request), deadline, std::move(done));
    store_.Settle(keys, std::move(request), deadline,
                  [done = std::move(done)](const absl::StatusOr<SettleResult>&) {
                    done(absl::DeadlineExceededError("no reply"));
                  });
  }
  [[nodiscard]] std::string_view name() const override { return "cut"; }

  Cut cut = Cut::kNo;
  int tries = 0;
};

class LateSettlementsTest : public testing::TestWithParam<CutStore::Cut> {
 protected:
  static constexpr int kBudget = 5;

  // A right password on a device, whose report meets the cut.
  void LogIn() {
    ChargeRequest attempt = AttemptIn({LaneWith(Lane::kDevice, 7, {CounterOf(8, {Consecutive(kBudget)})})});
    attempt.reservation_id = ++reservation_;
    const ChargeResult charged = caller_.Charge(attempt);
    ASSERT_EQ(charged.admitted, 0) << "an owner was refused who made no mistake";
    cut_.cut = GetParam();
    late_.Settle(caller_.keys,
                 std::make_shared<SettleRequest>(ReportOf(attempt, charged, Settlement::kSuccess)),
                 Duration(10), [](const absl::StatusOr<SettleResult>& result) { EXPECT_FALSE(result.ok()); });
    cut_.cut = CutStore::Cut::kNo;
  }

  FakeClock clock_;
  MemorySignalStore memory_{clock_, {}};
  CutStore cut_{memory_};
  LateSettlements late_{cut_, clock_};
  StoreCaller caller_{{std::shared_ptr<void>(), &late_}};
  uint64_t reservation_ = 0;
};

TEST_P(LateSettlementsTest, AnOwnerDoesNotPayForLoginsThatTheStoreHeardOfLate) {
  for (int i = 0; i < 3 * kBudget; ++i) {
    LogIn();
    clock_.Advance(std::chrono::seconds(1));
    late_.Step();
  }
  EXPECT_EQ(late_.counts().settled, 3U * kBudget);
  EXPECT_EQ(late_.counts().waiting, 0U);
}

TEST_P(LateSettlementsTest, WhatStillFailsWaitsOn) {
  LogIn();
  cut_.cut = CutStore::Cut::kBefore;
  for (int i = 0; i < 5; ++i) late_.Step();
  EXPECT_EQ(late_.counts().waiting, 1U);
  cut_.cut = CutStore::Cut::kNo;
  late_.Step();
  EXPECT_EQ(late_.counts().settled, 1U);
}

TEST_P(LateSettlementsTest, NothingIsTriedWhenTheAttemptsTimeIsOver) {
  LogIn();
  clock_.Advance(kTokenLife);
  const int tries = cut_.tries;
  late_.Step();
  EXPECT_EQ(cut_.tries, tries);
  EXPECT_EQ(late_.counts().dropped, 1U);
}

INSTANTIATE_TEST_SUITE_P(Cut, LateSettlementsTest,
                         testing::Values(CutStore::Cut::kBefore, CutStore::Cut::kAfter), [](const auto& cut) {
                           return cut.param == CutStore::Cut::kBefore ? "Before" : "After";
                         });

}  // namespace
}  // namespace latchkey
