// The protocol of docs/adr/0007-model, as the real code has it: random attempts and reports at one account,
// on a real Redis, while commands and replies get lost.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/adapters/redis/store_client.h"
#include "tests/support/seeded_random.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr uint64_t kSeeds = 40;
constexpr int64_t kBudget = 5;
constexpr uint16_t kOfAccount = 1;
constexpr uint16_t kOfNetwork = 2;

CounterAsk Counter(uint16_t signature, int64_t above) {
  return {.signature = signature,
          .charged = true,
          .limits = {{.above = above, .window = hours(24)}},
          .windows = {hours(24)},
          .horizon = hours(24)};
}

int64_t CountIn(const Record& record, uint16_t signature) {
  const Series* series = record.FindSeries({.signature = signature, .sub = 0});
  int64_t count = 0;
  if (series == nullptr) return 0;
  for (const Entry& entry : series->entries) count += entry.count;
  return count;
}

// One account behind one network, and all that was answered about it.
class World {
 public:
  World(StoreClient& store, uint64_t seed)
      : store_(store), random_(seed), keys_{.account = {9, seed}, .network = {8, seed}} {
    store_.apart().SetFates([this] {
      const uint64_t dice = random_.Next() % 10;
      if (dice == 0) return ApartClient::Fate::kCommandIsLost;
      return dice == 1 ? ApartClient::Fate::kReplyIsLost : ApartClient::Fate::kArrives;
    });
  }
  ~World() { store_.apart().SetFates(nullptr); }

  void Live(int steps) {
    for (int i = 0; i < steps; ++i) {
      if (admitted_.empty() || random_.Next() % 2 == 0) {
        Try();
      } else {
        Report(admitted_[random_.Next() % admitted_.size()]);
      }
    }
    store_.apart().SetFates(nullptr);
    const absl::StatusOr<ShardRecords> records = store_.Read(keys_);
    ASSERT_TRUE(records.ok()) << records.status();
    EXPECT_LE(CountIn(records->account, kOfAccount), kBudget) << "P2";
    EXPECT_GE(CountIn(records->account, kOfAccount), Standing()) << "a charge was lost";
    EXPECT_GE(CountIn(records->network, kOfNetwork), Standing()) << "a network was counted too little";
  }

 private:
  struct Admitted {
    ChargeResult charged;
    int settled = 0;          // answers that said so
    bool given_back = false;  // a success was sent for it, whatever became of it
  };

  // Charges that nobody has tried to give back.
  [[nodiscard]] int64_t Standing() const {
    return std::count_if(admitted_.begin(), admitted_.end(),
                         [](const Admitted& one) { return !one.given_back; });
  }

  void Try() {
    const LaneAsk lane{.account = {Counter(kOfAccount, kBudget)}, .network = {Counter(kOfNetwork, 1000)}};
    const ChargeRequest request{
        .lanes = {lane}, .reservation_id = ++reservation_, .token_life = minutes(2), .keep = hours(48)};
    const int64_t standing = Standing();
    const absl::StatusOr<ChargeResult> charged = store_.Charge(keys_, request);
    if (!charged.ok() || charged->admitted < 0) return;
    EXPECT_LT(standing, kBudget) << "P2: admitted beyond the budget";
    admitted_.push_back({.charged = *charged});
  }

  void Report(Admitted& one) {
    const auto give_back = [](uint16_t signature) {
      return CounterEffect{.series = {.signature = signature, .sub = 0}, .horizon = hours(24)};
    };
    SettleRequest request{.reservation_id = one.charged.reservation_id,
                          .charged_at = one.charged.records.now};
    request.account = {give_back(kOfAccount)};
    request.network = {give_back(kOfNetwork)};
    request.token_life = minutes(2);
    request.keep = hours(48);
    one.given_back = true;
    const absl::StatusOr<SettleResult> result = store_.Settle(keys_, request);
    if (result.ok() && result->state == SettleResult::State::kSettled) ++one.settled;
    EXPECT_LE(one.settled, 1) << "settled twice";
  }

  StoreClient& store_;
  SeededRandom random_;
  const ShardKeys keys_;
  std::vector<Admitted> admitted_;
  uint64_t reservation_ = 0;
};

TEST(TwoStepSimulationTest, WhateverGetsLostTheBudgetHoldsAndNoChargeIsForgotten) {
  RedisServer server{RedisServer::Unlimited()};
  const auto store = StoreClient::Apart(server.url());
  for (uint64_t seed = 1; seed <= kSeeds && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World(*store, seed).Live(60);
  }
}

}  // namespace
}  // namespace latchkey
