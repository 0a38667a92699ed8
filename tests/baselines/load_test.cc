// Every baseline loads without a word, says where it comes from, and names each risk that it takes.
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/policy_file/yaml_policy_reader.h"
#include "tests/baselines/attack.h"

namespace latchkey {
namespace {

class BaselineTest : public testing::TestWithParam<std::string> {};

TEST_P(BaselineTest, LoadsWithoutDiagnostics) {
  const PolicyReading reading = YamlPolicyReader().Read(BaselineText(GetParam()), 1);
  EXPECT_TRUE(StatusOf(reading, GetParam()).ok()) << StatusOf(reading, GetParam()).message();
  ASSERT_NE(reading.policy, nullptr);
  EXPECT_EQ(reading.policy->spec().name, GetParam()) << "a policy is named as its file";
}

TEST_P(BaselineTest, NamesEachRiskInItsComments) {
  const std::string text = BaselineText(GetParam());
  const std::shared_ptr<const Policy> policy = PolicyOf(text);
  for (const std::string& promise : policy->spec().accept_risk) {
    EXPECT_TRUE(absl::StrContains(text, absl::StrCat("\n#   ", promise, " "))) << promise;
  }
}

TEST_P(BaselineTest, IsDescribedInTheDocs) {
  const std::string docs = Require(ReadPolicyText(LATCHKEY_ROOT "/docs/baselines.md"));
  EXPECT_TRUE(absl::StrContains(
      docs, absl::StrCat("[", GetParam(), "](../policies/baselines/", GetParam(), ".yaml)")));
}

INSTANTIATE_TEST_SUITE_P(Of, BaselineTest, testing::ValuesIn(BaselineNames()),
                         [](const testing::TestParamInfo<std::string>& name) {
                           std::string id = name.param;
                           std::replace(id.begin(), id.end(), '-', '_');
                           return id;
                         });

}  // namespace
}  // namespace latchkey
