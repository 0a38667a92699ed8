#include "engine/store/fallback_store.h"

#include <gtest/gtest.h>

#include "adapters/memory/memory_signal_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/policy_builder.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kLife = minutes(2);
constexpr uint16_t kFailures = 2;
const ShardKeys kKeys{.account = {.high = 999, .low = 1}, .network = {.high = 999, .low = 2}};

// A stranger's attempt that may be tried `above` times a day.
std::shared_ptr<ChargeRequest> Guess(int64_t above) {
  static uint64_t next = 1;
  CounterAsk counter{.signature = kFailures, .charged = true, .horizon = hours(24)};
  counter.limits = {Limit{.above = above, .window = hours(24), .then = Consequence::kChallenge}};
  counter.windows = {hours(24)};
  auto request = std::make_shared<ChargeRequest>();
  request->lanes = {LaneAsk{.lane = Lane::kStranger, .account = {counter}}};
  request->reservation_id = next++;
  request->token_life = kLife;
  request->keep = hours(48);
  return request;
}

class FallbackStoreTest : public testing::Test {
 protected:
  struct Node {
    explicit Node(const Clock& clock) : local(clock, {}), fallback(local, kLife) {}
    MemorySignalStore local;
    FallbackStore fallback;
  };
  bool Try(SignalStore& store, int64_t above) {
    bool admitted = false;
    store.Charge(kKeys, Guess(above), seconds(1),
                 [&](absl::StatusOr<ChargeResult> result) { admitted = result->admitted >= 0; });
    return admitted;
  }
  int Guesses(SignalStore& store, int64_t above) {
    int guesses = 0;
    while (Try(store, above)) ++guesses;
    return guesses;
  }
  void Merge(Node& node) {
    for (int i = 0; i < 10; ++i) {
      node.fallback.Step(shared_, policies_, {}, clock_.Now());
      clock_.Advance(seconds(1));
    }
  }
  int64_t Shared() {
    int64_t count = 0;
    shared_.Read(kKeys, seconds(1), [&](absl::StatusOr<ShardRecords> records) {
      for (const Series& series : records->account->series)
        for (const Entry& entry : series.entries) count += entry.count;
    });
    return count;
  }

  FakeClock clock_;
  MemorySignalStore shared_{clock_, {}};
  PolicyHolder policies_{MustCompile(StorefrontSpec())};
};

TEST_F(FallbackStoreTest, WhatWasCountedLocallyIsMergedBack) {
  Node node(clock_);
  EXPECT_EQ(Guesses(shared_, 4), 4);
  clock_.Advance(seconds(5));
  EXPECT_EQ(Guesses(node.fallback, 2), 2);
  clock_.Advance(kLife);
  Merge(node);
  EXPECT_EQ(Shared(), 6);
  EXPECT_EQ(node.fallback.counts().waiting, 0U);
  Merge(node);
  EXPECT_EQ(Shared(), 6) << "once";
}

TEST_F(FallbackStoreTest, NotBeforeItCannotBeGivenBackAnyMore) {
  Node node(clock_);
  ASSERT_TRUE(Try(node.fallback, 2));
  Merge(node);
  EXPECT_EQ(Shared(), 0);
  EXPECT_EQ(node.fallback.counts().waiting, 1U);
  clock_.Advance(kLife);
  Merge(node);
  EXPECT_EQ(Shared(), 1);
}

TEST_F(FallbackStoreTest, WhatSucceededIsNotMergedAsAFailure) {
  Node node(clock_);
  auto request = Guess(2);
  ChargeResult charged;
  node.fallback.Charge(kKeys, request, seconds(1),
                       [&](absl::StatusOr<ChargeResult> result) { charged = *std::move(result); });
  auto settle = std::make_shared<SettleRequest>();
  settle->reservation_id = charged.reservation_id;
  settle->charged_at = charged.records.now;
  settle->lane = Lane::kStranger;
  settle->token_life = kLife;
  settle->keep = hours(48);
  settle->account = {{.series = {kFailures, 0}}};
  settle->source = Remember{.id = 77, .slots_max = 5};
  node.fallback.Settle(kKeys, settle, seconds(1), [](const absl::StatusOr<SettleResult>&) {});
  Merge(node);
  EXPECT_EQ(Shared(), 0);
  shared_.Read(kKeys, seconds(1), [&](absl::StatusOr<ShardRecords> records) {
    EXPECT_NE(records->account->FindSlot(Lane::kFamiliar, 77), nullptr) << "the login is remembered";
  });
}

TEST_F(FallbackStoreTest, AnOutageThatComesAndGoesGivesEachNodeItsShareOnce) {
  constexpr int64_t kBudget = 10;
  constexpr int64_t kShare = 2;
  std::vector<std::unique_ptr<Node>> nodes;
  for (int i = 0; i < 3; ++i) nodes.push_back(std::make_unique<Node>(clock_));
  int guesses = 0;
  for (int flap = 0; flap < 20; ++flap) {
    for (auto& node : nodes) guesses += Guesses(node->fallback, kShare);
    if (flap % 3 == 0) clock_.Advance(kLife);
    for (auto& node : nodes) Merge(*node);
    guesses += Guesses(shared_, kBudget);
  }
  EXPECT_LE(guesses, kBudget + 3 * kShare);
  EXPECT_GE(guesses, kBudget) << "what was spent locally is not free";
}

}  // namespace
}  // namespace latchkey
