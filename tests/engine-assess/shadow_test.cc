#include "engine/assess/shadow.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <latch>
#include <memory>
#include <thread>
#include <utility>

#include "adapters/memory/memory_signal_store.h"
#include "engine/store/forwarding_store.h"
#include "tests/promises/promise_test.h"

namespace latchkey {
namespace {

// Answers no settlement before it is told to.
class HoldingStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  void Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<SettleResult>)> done) override {
    held_ = [this, keys, request = std::move(request), deadline, done = std::move(done)] {
      store_.Settle(keys, request, deadline, done);
    };
  }
  [[nodiscard]] bool holds() const { return held_ != nullptr; }
  void Release() {
    released_ = true;
    std::exchange(held_, nullptr)();
  }
  [[nodiscard]] bool released() const { return released_; }

 private:
  std::function<void()> held_;
  std::atomic<bool> released_{false};
};

TEST(ShadowTest, EndsWhenItsSettlementsHaveEnded) {
  FakeClock clock;
  SeededRandom random(1);
  SipHashKeyHasher hasher(KeyRing::Generate());
  const KeyMaker keys("test", hasher);
  PolicyHolder policies(PolicyOf(DefaultPolicyText()));
  policies.Set(PoliciesInForce{.enforced = policies.Current(),
                               .candidate = PolicyOf(DefaultPolicyText(), 2),
                               .rollout = {.stage = Stage::kShadow}});
  MemorySignalStore memory(clock, {});
  HoldingStore store(memory);
  auto shadow = std::make_unique<ShadowEngine>(
      ShadowParts{.clock = clock, .random = random, .keys = keys, .policies = policies, .store = store},
      AssessSettings{});
  const absl::StatusOr<Attempt> attempt = Attempt::Create(AttemptOn("alice", "192.0.2.7"));
  ASSERT_TRUE(attempt.ok());
  AttemptToken enforced;
  shadow->Assess(*attempt, keys.Of(*attempt), Proofs{}, Duration(1000),
                 [&](std::optional<ShadowAnswer> answer) { enforced.shadow_charge = answer.value().charge; });
  shadow->Settle(enforced, Outcome::kLoginComplete, Duration(1000));
  ASSERT_TRUE(store.holds());

  std::latch ending(1);
  bool answered_before = false;
  std::thread end([&] {
    ending.count_down();
    shadow = nullptr;
    answered_before = store.released();
  });
  ending.wait();
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();
  store.Release();
  end.join();
  EXPECT_TRUE(answered_before);
}

}  // namespace
}  // namespace latchkey
