// Every scenario of the catalogue, played under the policy that a shop can go live with.
#include <gtest/gtest.h>

#include "tests/scenarios/lab_test.h"

namespace latchkey::lab {
namespace {

constexpr uint64_t kSeed = 1;

std::string NameOf(const std::string& path) {
  std::string name = std::filesystem::path(path).stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class ScenarioTest : public testing::TestWithParam<std::string> {};

TEST_P(ScenarioTest, ComesOutAsItsFileExpects) {
  const Scenario scenario = ScenarioOfFile(GetParam());
  const Figures figures =
      RunScenario(scenario, PolicyOfFile(LATCHKEY_ROOT "/policies/default.yaml"), MemoryPorts(), kSeed);
  EXPECT_FALSE(scenario.expectations.empty()) << "a scenario that expects nothing shows nothing";
  for (const Expectation& expectation : scenario.expectations) {
    const absl::Status met = Check(expectation, figures);
    EXPECT_TRUE(met.ok()) << met.message();
  }
  if (HasFailure() || std::getenv("LATCHKEY_FIGURES") != nullptr) std::fputs(TextOf(figures).c_str(), stderr);
}

INSTANTIATE_TEST_SUITE_P(Of, ScenarioTest, testing::ValuesIn(FilesIn(LATCHKEY_ROOT "/tests/scenarios")),
                         [](const auto& played) { return NameOf(played.param); });

}  // namespace
}  // namespace latchkey::lab
