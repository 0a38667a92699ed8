// weakforced, nothing validated: "success": "true" counted as a failure, and a number for a login as no
// login. What is of a wrong type is refused, with its place, and never read as something else.
#include <gtest/gtest.h>

#include "adapters/policy_file/yaml_policy_reader.h"
#include "tests/support/engine_rig.h"

namespace latchkey {
namespace {

TEST(WrongTypesTest, APolicyWithAValueOfAWrongTypeIsRefusedAtItsPlace) {
  const struct {
    const char* right;
    const char* wrong;
  } kCases[] = {
      {"above: 5, in: 15m", "above: five, in: 15m"},
      {"above: 5, in: 15m", "above: 5.5, in: 15m"},
      {"above: 5, in: 15m", "above: true, in: 15m"},
      {"above: 5, in: 15m", "above: [5], in: 15m"},
      {"above: 5, in: 15m", "above: 5, in: 15"},
      {"above: 5, in: 15m", "above: 5, in: true"},
      {"above: 5, in: 15m", "above: 5, in: {m: 15}"},
      {"above: 5, in: 15m", "above: 99999999999999999999, in: 15m"},
      {"above: 5, in: 15m", "above: -5, in: 15m"},
      {"above: 5, in: 15m", "above: 0x5, in: 15m"},
      {"then: challenge", "then: [challenge]"},
      {"then: challenge", "then: yes"},
      {"factor: 2", "factor: two"},
      {"factor: 2", "factor: .nan"},
      {"factor: 2", "factor: .inf"},
      {"devices: 6", "devices: six"},
      {"devices: 6", "devices: null"},
      {"bounds: { 24h: 100, 30d: 300 }", "bounds: [100, 300]"},
      {"bounds: { 24h: 100, 30d: 300 }", "bounds: { 24h: many }"},
      {"local_share: 0.2", "local_share: [0.2]"},
      {"version: 1", "version: one"},
      {"name: storefront", "name: [storefront]"},
      {"by: [account]", "by: { account: true }"},
      {"failures: 5, until: success", "failures: \"five\", until: success"},
      {"count: failures", "count: 7"},
  };
  for (const auto& each : kCases) {
    const std::string text = DefaultPolicyText();
    const size_t at = text.find(each.right);
    ASSERT_NE(at, std::string::npos) << each.right;
    std::string wrong = text;
    wrong.replace(at, std::string(each.right).size(), each.wrong);
    const PolicyReading reading = YamlPolicyReader().Read(wrong, 1);
    EXPECT_EQ(reading.policy, nullptr) << each.wrong;
    ASSERT_FALSE(reading.problems.empty()) << each.wrong;
    EXPECT_GT(reading.problems.front().at.line, 0) << each.wrong;
  }
}

}  // namespace
}  // namespace latchkey
