// The matrix of policies and scenarios, and what is said of it.
#include "cli/lab/matrix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/scenarios/lab_test.h"

namespace latchkey::cli {
namespace {

using testing::HasSubstr;

std::vector<NamedPolicy> Policies(const std::vector<std::string>& names) {
  std::vector<std::string> files;
  for (const std::string& name : names) files.push_back(LATCHKEY_ROOT "/policies/" + name);
  return *LoadPolicies(files);
}

std::vector<lab::Scenario> Scenarios(const std::vector<std::string>& names) {
  std::vector<std::string> files;
  for (const std::string& name : names) files.push_back(LATCHKEY_ROOT "/tests/scenarios/" + name + ".yaml");
  return *LoadScenarios(files);
}

Matrix Play(const std::vector<NamedPolicy>& policies, std::vector<lab::Scenario> scenarios, int threads = 1) {
  return PlayMatrix(policies, std::move(scenarios), /*seed=*/1, threads, [](size_t, size_t) {});
}

Matrix Small(int threads = 1) {
  return Play(Policies({"default.yaml", "baselines/five-strikes.yaml"}),
              Scenarios({"a01-auction-snipe", "b06-kiosk"}), threads);
}

TEST(MatrixTest, HasARowAPolicyAndScenarioWithTheirFigures) {
  const auto json = nlohmann::json::parse(MatrixJson(Small()));
  ASSERT_EQ(json["rows"].size(), 4U);
  const auto& ours = json["rows"][0];
  EXPECT_EQ(ours["policy"], "default");
  EXPECT_EQ(ours["scenario"], "a01-auction-snipe");
  EXPECT_EQ(ours["owner_known_changed_answers"], 0);
  EXPECT_EQ(ours["owner_known_available"], 1);
  EXPECT_TRUE(ours["attacker_cost_usd_per_victim_hour"].is_null());
  const auto& weapon = json["rows"][1];
  EXPECT_EQ(weapon["policy"], "five-strikes");
  EXPECT_GT(weapon["owner_known_changed_answers"], 5);
  EXPECT_LT(weapon["attacker_cost_usd_per_victim_hour"], 0.1);
  for (const char* field : {"owner_new_available", "guesses_verified", "benign_refused", "benign_challenged"})
    EXPECT_TRUE(ours.contains(field)) << field;
}

TEST(MatrixTest, IsTheSameOnOneThreadAndOnMany) {
  const std::string one = MatrixJson(Small(1));
  EXPECT_EQ(MatrixJson(Small(3)), one);
}

TEST(MatrixTest, IsShownAsTablesWithTheWorstOfEachPolicy) {
  std::ostringstream out;
  ShowMatrix(Small(), out);
  EXPECT_THAT(out.str(), HasSubstr("a01-auction-snipe  five-strikes"));
  EXPECT_THAT(out.str(), HasSubstr("The worst of each policy"));
}

TEST(MatrixTest, IsAPageThatNeedsNothingElse) {
  const std::string page = MatrixHtml(Small());
  EXPECT_THAT(page, HasSubstr("<svg"));
  EXPECT_THAT(page, HasSubstr("five-strikes"));
  EXPECT_THAT(page, HasSubstr("not to be had"));
  for (const char* outside : {"<script", "http:", "https:", "<link", "<img"})
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
}

// A baseline that were better on every row would be so on these.
TEST(MatrixTest, NoBaselineIsBetterOnEveryRow) {
  std::vector<std::string> files = {LATCHKEY_ROOT "/policies/default.yaml",
                                    LATCHKEY_ROOT "/policies/baselines"};
  const auto policies = LoadPolicies(files);
  ASSERT_TRUE(policies.ok()) << policies.status();
  ASSERT_GT(policies->size(), 5U);
  const Matrix matrix =
      Play(*policies, Scenarios({"a01-auction-snipe", "a08-quick-pair", "a22-address-rotation",
                                 "b04-office-at-nine", "b06-kiosk"}));
  EXPECT_THAT(BetterEverywhere(matrix, "default"), testing::IsEmpty());
  // The other way round, one that is: nothing is refused to anybody here, and five strikes refuse much.
  const Matrix attacks =
      Play(Policies({"baselines/five-strikes.yaml", "default.yaml"}), Scenarios({"a01-auction-snipe"}));
  EXPECT_THAT(BetterEverywhere(attacks, "five-strikes"), testing::ElementsAre("default"));
}

TEST(LabFilesTest, FilesThatAreNotThereOrWrongAreNamed) {
  EXPECT_TRUE(absl::IsNotFound(LoadScenarios({"/nowhere/a.yaml"}).status()));
  EXPECT_TRUE(absl::IsNotFound(LoadPolicies({LATCHKEY_ROOT "/engine/lab"}).status()));
  const absl::Status wrong = LoadScenarios({LATCHKEY_ROOT "/policies/default.yaml"}).status();
  EXPECT_THAT(std::string(wrong.message()), HasSubstr("default.yaml:"));
}

}  // namespace
}  // namespace latchkey::cli
