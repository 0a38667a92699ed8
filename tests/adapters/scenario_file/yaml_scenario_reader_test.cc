#include "adapters/scenario_file/yaml_scenario_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/lab/catalogue.h"

namespace latchkey {
namespace {

using testing::HasSubstr;

absl::StatusOr<lab::Scenario> Read(std::string_view text) {
  return YamlScenarioReader().Read("folder/a99-test.yaml", text);
}

std::string MessageOf(std::string_view text) { return std::string(Read(text).status().message()); }

constexpr char kWhole[] = R"(id: A99
shows: everything there is
duration: 2d
tags: no
store_entries: 500
stakes: 3
deadline: 50m
attack_kind: lockout-sabotage
also: [low-and-slow, targeted-guessing]
faults: { outage_start: 1h, outage: 10m, skew: 30s, duplicates: 0.05, reorder: 20s }
people:
  - owners: { count: 7, typo: 0.2 }
  - monitors
attack:
  - saboteur: { every: 5m, from: network }
expect:
  guesses_verified: <= 100
  owner_known_changed_answers: 0
)";

TEST(YamlScenarioReaderTest, ReadsAWholeScenario) {
  const absl::StatusOr<lab::Scenario> scenario = Read(kWhole);
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  EXPECT_EQ(scenario->name, "a99-test");
  EXPECT_EQ(scenario->id, "A99");
  EXPECT_EQ(scenario->duration, std::chrono::hours(48));
  EXPECT_FALSE(scenario->tags);
  EXPECT_EQ(scenario->store_entries, 500);
  EXPECT_EQ(scenario->stakes, 3);
  EXPECT_EQ(scenario->deadline, std::chrono::minutes(50));
  EXPECT_EQ(scenario->attack_kinds, std::vector{AttackKind::kLockoutSabotage});
  EXPECT_EQ(scenario->also, (std::vector{AttackKind::kLowAndSlow, AttackKind::kTargetedGuessing}));
  EXPECT_EQ(scenario->faults.outage, std::chrono::minutes(10));
  ASSERT_EQ(scenario->people.size(), 2U);
  EXPECT_EQ(scenario->people[0].values.Count("count"), 7);
  EXPECT_EQ(scenario->people[1].kind->name, "monitors");
  ASSERT_EQ(scenario->attack.size(), 1U);
  EXPECT_EQ(scenario->attack[0].values.Time("every"), std::chrono::minutes(5));
  EXPECT_EQ(scenario->expectations.size(), 2U);
}

TEST(YamlScenarioReaderTest, AnUnknownActorIsNamedWithThoseThereAre) {
  const std::string message = MessageOf(
      "id: A1\nshows: x\nduration: 1d\npeople:\n  - owners\nattack:\n  - sabotuer: { every: 1m }\n");
  EXPECT_THAT(message,
              HasSubstr("a99-test.yaml:7:5: unknown actor 'sabotuer' among attackers; known are botnet, "));
  EXPECT_THAT(message, HasSubstr("saboteur"));
}

TEST(YamlScenarioReaderTest, AnUnknownAttackIsNamedWithThoseThereAre) {
  EXPECT_THAT(MessageOf("id: A1\nshows: x\nduration: 1d\nattack_kind: sprayed\npeople:\n  - owners\n"),
              HasSubstr("a99-test.yaml:4:14: unknown attack 'sprayed'; known are lockout-sabotage, "));
}

TEST(YamlScenarioReaderTest, AnAttackerIsNoneOfThePeople) {
  EXPECT_THAT(MessageOf("id: A1\nshows: x\nduration: 1d\npeople: [ botnet ]\n"),
              HasSubstr(":4:11: unknown actor 'botnet' among people; known are carrier, "));
}

TEST(YamlScenarioReaderTest, SaysEverythingThatIsWrongAtOnce) {
  const std::string message = MessageOf(R"(id: A1
shows: x
duration: soon
people:
  - owners: { cuont: 5, typo: 2, typo: 0.1 }
  - 5: { a: b }
expect:
  guesses: 5
  guesses_verified: few
wrong: 1
)");
  EXPECT_THAT(message, HasSubstr(":3:11: 'duration' wants a time such as 30s, 15m or 7d, not 'soon'"));
  EXPECT_THAT(message, HasSubstr(":5:15: unknown key 'cuont'; known are count, "));
  EXPECT_THAT(message, HasSubstr(":5:31: 'typo' wants a number from 0 to 1, not '2'"));
  EXPECT_THAT(message, HasSubstr("'typo' is said twice"));
  EXPECT_THAT(message, HasSubstr(":6:5: unknown actor '5'"));
  EXPECT_THAT(message, HasSubstr(":8:3: unknown figure 'guesses'; known are owner_known_changed_answers"));
  EXPECT_THAT(message, HasSubstr(":9:21: 'few' is no expectation"));
  EXPECT_THAT(message, HasSubstr(":10:1: unknown key 'wrong'; known are id, shows, "));
}

TEST(YamlScenarioReaderTest, WhatIsMissingIsNamed) {
  const std::string message = MessageOf("shows: x\n");
  EXPECT_THAT(message, HasSubstr("a scenario has no 'id'"));
  EXPECT_THAT(message, HasSubstr("a scenario has no 'people'"));
}

TEST(YamlScenarioReaderTest, WhatIsNoScenarioIsNone) {
  EXPECT_THAT(MessageOf("- a list\n"), HasSubstr("a scenario is a map"));
  EXPECT_THAT(MessageOf("a: [1\n"), HasSubstr("not YAML"));
  EXPECT_FALSE(Read("").ok());
  EXPECT_THAT(MessageOf(std::string(100'000, ' ')), HasSubstr("longer than 64 KiB"));
  EXPECT_TRUE(absl::IsNotFound(ReadScenarioFile("/nowhere/at-all.yaml").status()));
}

}  // namespace
}  // namespace latchkey
