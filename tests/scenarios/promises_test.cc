// What the matrix promises of the default policy, over all scenarios and several seeds.
#include <gtest/gtest.h>

#include "tests/scenarios/lab_test.h"

namespace latchkey::lab {
namespace {

constexpr uint64_t kSeeds = 3;

std::vector<Scenario> Catalogue(bool attacks) {
  std::vector<Scenario> scenarios;
  for (const std::string& file : FilesIn(LATCHKEY_ROOT "/tests/scenarios")) {
    Scenario scenario = ScenarioOfFile(file);
    if (scenario.attack.empty() != attacks) scenarios.push_back(std::move(scenario));
  }
  return scenarios;
}

std::shared_ptr<const Policy> DefaultPolicy() { return PolicyOfFile(LATCHKEY_ROOT "/policies/default.yaml"); }

TEST(CatalogueTest, HasThirtyTwoAttacksAndFifteenBenignDays) {
  EXPECT_EQ(Catalogue(true).size(), 32U);
  EXPECT_EQ(Catalogue(false).size(), 15U);
}

TEST(MatrixPromiseTest, NoAttackChangesAnAnswerOnAKnownDeviceOrBreaksABoundOfGuesses) {
  const auto policy = DefaultPolicy();
  double compared = 0;
  for (const Scenario& scenario : Catalogue(true)) {
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
      SCOPED_TRACE(scenario.name + ", seed " + std::to_string(seed));
      const Figures figures = RunScenario(scenario, policy, MemoryPorts(), seed);
      // A stolen token spends the very device's budget: that is what it has proved.
      if (!scenario.StealsProof()) {
        EXPECT_EQ(*figures.owner_known_changed_answers, 0);
      }
      compared += figures.owner_known_compared.value_or(0);
      // Recovery codes have a budget of their own, and a lost store a share of each node's.
      if (scenario.id == "A28" || scenario.id == "A29") continue;
      EXPECT_LE(*figures.guesses_per_account_24h, policy->spec().bounds.at(std::chrono::hours(24)));
      EXPECT_LE(*figures.guesses_per_account_30d, policy->spec().bounds.at(std::chrono::hours(24 * 30)));
    }
  }
  EXPECT_GT(compared, 20'000);
}

// Logins with at most five wrong tries, without any attack.
TEST(MatrixPromiseTest, WithoutAnAttackHardlyAnybodyIsRefusedOrChallenged) {
  const auto policy = DefaultPolicy();
  double known = 0, known_refused = 0, known_challenged = 0, unknown = 0, unknown_refused = 0;
  for (const Scenario& scenario : Catalogue(false)) {
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const Figures figures = RunScenario(scenario, policy, MemoryPorts(), seed);
      known += *figures.known_logins;
      known_refused += figures.benign_known_refused.value_or(0) * *figures.known_logins;
      known_challenged += figures.benign_known_challenged.value_or(0) * *figures.known_logins;
      unknown += *figures.benign_logins - *figures.known_logins;
      unknown_refused +=
          figures.benign_unknown_refused.value_or(0) * (*figures.benign_logins - *figures.known_logins);
    }
  }
  EXPECT_GT(known, 50'000);
  EXPECT_GT(unknown, 10'000);
  EXPECT_LE(known_refused / known, 0.0001);
  EXPECT_LE(known_challenged / known, 0.001);
  EXPECT_LE(unknown_refused / unknown, 0.001);
  RecordProperty("known_logins", static_cast<int>(known));
}

}  // namespace
}  // namespace latchkey::lab
