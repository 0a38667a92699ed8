// The policies that we ship, and the one that has everything wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "adapters/policy_file/yaml_policy_reader.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::Pair;

const std::string kRoot = LATCHKEY_ROOT;

std::shared_ptr<const Policy> Load(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadPolicyText(kRoot + path);
  EXPECT_TRUE(text.ok()) << text.status();
  const PolicyReading reading = YamlPolicyReader().Read(*text, 1);
  EXPECT_TRUE(StatusOf(reading, path).ok()) << StatusOf(reading, path);
  return reading.policy;
}

TEST(ShippedPoliciesTest, TheDefaultKeepsWhatItsCommentsAddUp) {
  const auto policy = Load("/policies/default.yaml");
  ASSERT_NE(policy, nullptr);
  const PolicySpec& spec = policy->spec();
  EXPECT_THAT(spec.bounds, ElementsAre(Pair(hours(24), 100), Pair(hours(24 * 30), 300)));
  for (const size_t span : {0U, 1U}) {
    const int64_t guesses = spec.device.devices * spec.device.consecutive +
                            spec.recovered.recoveries[span].count * spec.recovered.consecutive +
                            spec.familiar.sources * spec.familiar.failures[span].count +
                            spec.challenged.failures[span].count + spec.stranger.failures[span].count;
    EXPECT_EQ(guesses, span == 0 ? 100 : 300);
  }
  EXPECT_TRUE(spec.accept_risk.empty());
}

TEST(ShippedPoliciesTest, InTheDefaultOnlyStrangersMeetRules) {
  const auto policy = Load("/policies/default.yaml");
  ASSERT_NE(policy, nullptr);
  for (const Rule& rule : policy->rules()) {
    EXPECT_EQ(rule.from, LaneSet{Lane::kStranger}) << rule.id;
    for (const RuleLimit& limit : rule.limits) EXPECT_TRUE(limit.to.empty()) << rule.id;
  }
}

TEST(ShippedPoliciesTest, FiveStrikesLocksEveryLaneUntilASuccess) {
  const auto policy = Load("/policies/baselines/five-strikes.yaml");
  ASSERT_NE(policy, nullptr);
  ASSERT_EQ(policy->rules().size(), 1U);
  const RuleLimit& limit = policy->rules()[0].limits.at(0);
  EXPECT_TRUE(limit.limit.ever());
  EXPECT_EQ(limit.limit.above, 5);
  EXPECT_EQ(limit.limit.then, Consequence::kLockout);
  EXPECT_EQ(limit.until, Until::kSuccess);
  EXPECT_EQ(limit.to, LaneSet::All());
  EXPECT_TRUE(policy->spec().accept_risk.contains("P1"));
}

TEST(BadPolicyTest, ReportsEveryMistakeAtOnceWithItsPlaceAndMend) {
  const std::string folder = kRoot + "/tests/adapters/policy_file/policies/";
  const absl::StatusOr<std::string> text = ReadPolicyText(folder + "ten_mistakes.yaml");
  ASSERT_TRUE(text.ok());
  std::ifstream file(folder + "ten_mistakes.expected.txt");
  const std::string expected{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};

  const PolicyReading reading = YamlPolicyReader().Read(*text, 1);
  EXPECT_EQ(reading.policy, nullptr);
  EXPECT_EQ(reading.problems.size(), 10U);
  EXPECT_EQ(std::string(StatusOf(reading, "ten_mistakes.yaml").message()) + "\n", expected);
}

TEST(ReadPolicyTextTest, SaysWhichFileIsMissingOrTooLong) {
  EXPECT_TRUE(absl::IsNotFound(ReadPolicyText("/nowhere/policy.yaml").status()));
  EXPECT_FALSE(ReadPolicyText("/").ok());
  EXPECT_TRUE(absl::IsInvalidArgument(ReadPolicyText("/dev/zero").status()));
}

}  // namespace
}  // namespace latchkey
