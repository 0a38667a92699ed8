#include "engine/assess/shadow.h"

#include <gtest/gtest.h>

#include <memory>

#include "adapters/memory/memory_signal_store.h"
#include "tests/engine-assess/holding_store.h"
#include "tests/promises/promise_test.h"

namespace latchkey {
namespace {

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
  EXPECT_TRUE(store.IsAwaitedBy([&] { shadow = nullptr; }));
}

}  // namespace
}  // namespace latchkey
