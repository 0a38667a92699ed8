// What the promise tests share: a rig for each store, attempts in one line.
#pragma once

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/support/answers.h"
#include "tests/support/engine_rig.h"

namespace latchkey {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): units of time

inline constexpr Duration kDay = 24h;

// Runs on every store there is. Instantiate with LATCHKEY_ON_EVERY_STORE.
class PromiseTest : public testing::TestWithParam<StoreKind> {
 protected:
  [[nodiscard]] RigOptions Options(uint64_t seed = 1, const std::string& policy = "") const {
    // As a server has it: what was refused a moment ago is known by heart.
    return {
        .store = GetParam(), .policy = policy, .seed = seed, .settings = {.refusals_kept = 4096}, .wrap = {}};
  }
  [[nodiscard]] uint64_t Seeds(uint64_t fewest) const { return SeedsToTry(fewest, GetParam()); }
};

#define LATCHKEY_ON_EVERY_STORE(Suite)                                                            \
  INSTANTIATE_TEST_SUITE_P(                                                                       \
      On, Suite, testing::Values(StoreKind::kMemory, StoreKind::kRedis),                          \
      [](const testing::TestParamInfo<StoreKind>& store) { return StoreKindName(store.param); }); \
  INSTANTIATE_TEST_SUITE_P(                                                                       \
      OnServers, Suite, testing::Values(StoreKind::kSentinel, StoreKind::kCluster),               \
      [](const testing::TestParamInfo<StoreKind>& store) { return StoreKindName(store.param); })

// An attempt on a web page that can show a CAPTCHA.
inline AttemptFields AttemptOn(const std::string& account, const std::string& address) {
  AttemptFields fields;
  fields.account = account;
  fields.source = address;
  fields.challenge_kinds = {ChallengeKind::kCaptcha};
  return fields;
}

// The tag of a password, as an auth service would make it; no two of 65,536 passwords share one here.
inline uint16_t TagOf(int password) {
  return static_cast<uint16_t>(static_cast<unsigned>(password) * 40503U);
}

inline bool Allowed(const Decision& decision) { return decision.verdict.action == Action::kAllow; }

// A dice cup: every random choice of a history comes from one seed.
class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}
  [[nodiscard]] int Below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(engine_); }
  [[nodiscard]] bool Chance(double probability) { return std::bernoulli_distribution(probability)(engine_); }
  template <typename Items>
  [[nodiscard]] auto& OneOf(Items& items) {
    return items[static_cast<size_t>(Below(static_cast<int>(std::size(items))))];
  }
  // Mostly seconds, at times hours or days: what limits and lifetimes are made of.
  [[nodiscard]] Duration Pause() {
    const double scale[] = {1e2, 1e4, 1e5, 1e6, 2e7, 3e8};
    std::discrete_distribution<int> which({30, 35, 15, 12, 6, 2});
    return Duration(
        1 + static_cast<int64_t>(std::exponential_distribution<>(1 / scale[which(engine_)])(engine_)));
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace latchkey
