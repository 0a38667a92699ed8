#include "adapters/policy_file/diagnostic_places.h"

#include <gtest/gtest.h>

namespace latchkey {
namespace {

constexpr std::string_view kText =
    "lanes:\n"
    "  device: { failures: 5 }\n"
    "rules:\n"
    "  - id: a\n"
    "    limits:\n"
    "      - { above: 5, in: 1h }\n"
    "      - { above: 6, in: 2h }\n";

class DiagnosticPlacesTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::vector<PolicyProblem> After(TextPosition reading_problem, std::string path) {
    Problems found;
    if (reading_problem.line > 0) found.Add(reading_problem, "unread");
    AddDiagnostics({{std::move(path), "wrong", "mend"}}, root_, found);
    return found.Sorted();
  }

  Problems problems_;
  YamlNode root_ = *ParseYaml(kText, {}, problems_);
};

TEST_F(DiagnosticPlacesTest, FindsTheValueOrItsNearestAncestor) {
  EXPECT_EQ(YamlPlaceOf("rules[0].limits[1].above", root_).node->at, (TextPosition{7, 18}));
  EXPECT_EQ(YamlPlaceOf("rules[0].limits[1].wait.max", root_).node->at, (TextPosition{7, 9}));
  EXPECT_EQ(YamlPlaceOf("rules[7].id", root_).node->at, (TextPosition{4, 3}));
  EXPECT_EQ(YamlPlaceOf("lanes.device.failures", root_).node->at, (TextPosition{2, 23}));
  EXPECT_EQ(YamlPlaceOf("", root_).node->at, (TextPosition{1, 1}));
  EXPECT_EQ(YamlPlaceOf("..[]]].x", root_).node->at, (TextPosition{1, 1}));
}

TEST_F(DiagnosticPlacesTest, BelievesAValueThatWasRead) {
  EXPECT_EQ(After({}, "rules[0].limits[0].above").at(0), (PolicyProblem{{6, 18}, "wrong", "mend"}));
  EXPECT_EQ(After({6, 25}, "rules[0].limits[0].above").size(), 2U)
      << "its neighbour being wrong changes nothing";
}

TEST_F(DiagnosticPlacesTest, DoesNotBlameWhatStandsInForUnreadValues) {
  EXPECT_EQ(After({6, 18}, "rules[0].limits[0].above").size(), 1U);
  EXPECT_EQ(After({6, 18}, "rules[0].limits[0].wait").size(), 1U);
  EXPECT_EQ(After({6, 18}, "rules[0].limits[1].wait").size(), 2U);
  EXPECT_EQ(After({6, 18}, "").size(), 1U);
}

}  // namespace
}  // namespace latchkey
