// A whole run: two worlds, compared.
#include "engine/lab/lab.h"

#include <gtest/gtest.h>

#include "tests/scenarios/lab_test.h"

namespace latchkey::lab {
namespace {

constexpr char kDay[] = R"(
id: T
shows: a test
duration: 1d
people: [ owners: { count: 40, logins_per_day: 10 }, office: { count: 100 } ]
attack: [ saboteur: { every: 1m }, sprayer: { every: 20s, addresses: 4 } ]
)";

std::shared_ptr<const Policy> DefaultPolicy() { return PolicyOfFile(LATCHKEY_ROOT "/policies/default.yaml"); }

std::shared_ptr<const Policy> FiveStrikes() {
  return PolicyOfFile(LATCHKEY_ROOT "/policies/baselines/five-strikes.yaml");
}

TEST(LabTest, TheSameSeedGivesTheSameFigures) {
  const Scenario day = ScenarioOfText(kDay);
  const std::string once = TextOf(RunScenario(day, DefaultPolicy(), MemoryPorts(), 5));
  EXPECT_EQ(TextOf(RunScenario(day, DefaultPolicy(), MemoryPorts(), 5)), once);
  EXPECT_NE(TextOf(RunScenario(day, DefaultPolicy(), MemoryPorts(), 6)), once);
}

TEST(LabTest, TellsAPolicyThatCanBeUsedAsAWeapon) {
  const Scenario day = ScenarioOfText(kDay);
  const Figures ours = RunScenario(day, DefaultPolicy(), MemoryPorts(), 1);
  EXPECT_GT(*ours.owner_known_compared, 300);
  EXPECT_EQ(*ours.owner_known_changed_answers, 0);
  EXPECT_EQ(*ours.owner_known_available, 1);
  EXPECT_EQ(ours.attacker_cost_usd_per_victim_hour, std::nullopt) << "not to be had for money";

  const Figures weapon = RunScenario(day, FiveStrikes(), MemoryPorts(), 1);
  EXPECT_GT(*weapon.owner_known_changed_answers, 10);
  EXPECT_LT(*weapon.owner_known_available, 0.7);
  EXPECT_LT(*weapon.attacker_cost_usd_per_victim_hour, 0.01);
  EXPECT_EQ(*weapon.refusal_seconds_max, 3650 * 86400.0) << "until somebody unlocks it";
}

TEST(LabTest, WithoutAnAttackNothingIsCompared) {
  Scenario day = ScenarioOfText(kDay);
  day.attack.clear();
  const Figures figures = RunScenario(day, DefaultPolicy(), MemoryPorts(), 1);
  EXPECT_EQ(*figures.owner_known_changed_answers, 0);
  EXPECT_EQ(*figures.guesses_verified, 0);
  EXPECT_EQ(figures.attacker_cost_usd, std::nullopt);
  EXPECT_EQ(figures.seconds_to_detect, std::nullopt);
}

TEST(LabTest, ScalingMultipliesPeopleMachinesAndTries) {
  Scenario day = ScenarioOfText(kDay);
  day.attack.clear();
  const double once = *RunScenario(day, DefaultPolicy(), MemoryPorts(), 1).benign_logins;
  day.Scale(3);
  EXPECT_NEAR(*RunScenario(day, DefaultPolicy(), MemoryPorts(), 1).benign_logins, 3 * once, once / 2);
}

TEST(LabTest, AStoreThatGoesAwayIsSaidToBeAway) {
  Scenario day = ScenarioOfText(kDay);
  EXPECT_EQ(*RunScenario(day, DefaultPolicy(), MemoryPorts(), 1).degraded_answers, 0);
  day.faults.outage_start = std::chrono::hours(2);
  day.faults.outage = std::chrono::hours(10);
  EXPECT_GT(*RunScenario(day, DefaultPolicy(), MemoryPorts(), 1).degraded_answers, 100);
}

}  // namespace
}  // namespace latchkey::lab
