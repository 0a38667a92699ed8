// docs/policy.md: each example loads, each error is said to the letter, and no field goes unmentioned.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "adapters/policy_file/language.h"
#include "adapters/policy_file/yaml_policy_reader.h"

namespace latchkey {
namespace {

std::string Docs() {
  const absl::StatusOr<std::string> text = ReadPolicyText(LATCHKEY_ROOT "/docs/policy.md");
  EXPECT_TRUE(text.ok()) << text.status();
  return text.value_or("");
}

struct Example {
  int line = 0;
  bool wrong = false;  // ```yaml error: a text, "---", then a line for each error
  std::string text;
};

std::vector<Example> Examples() {
  std::vector<Example> examples;
  Example* open = nullptr;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(Docs(), '\n')) {
    ++number;
    if (open == nullptr && absl::StartsWith(line, "```yaml")) {
      open = &examples.emplace_back(Example{.line = number, .wrong = line == "```yaml error", .text = {}});
    } else if (line == "```") {
      open = nullptr;
    } else if (open != nullptr) {
      absl::StrAppend(&open->text, line, "\n");
    }
  }
  return examples;
}

// A part of a policy, made whole with what it does not say.
std::string Whole(const std::string& part) {
  if (absl::StartsWith(part, "version:")) return part;
  std::string text;
  const auto missing = [&part](absl::string_view key) {
    return !absl::StartsWith(part, key) && !absl::StrContains(part, absl::StrCat("\n", key));
  };
  if (missing("version:")) absl::StrAppend(&text, "version: 1\n");
  if (missing("name:")) absl::StrAppend(&text, "name: example\n");
  if (missing("bounds:")) absl::StrAppend(&text, "bounds: { 24h: 500, 30d: 5000 }\n");
  if (missing("lanes:")) {
    absl::StrAppend(&text,
                    "lanes:\n"
                    "  device:     { failures: 5, until: success, devices: 2 }\n"
                    "  recovered:  { failures: 5, until: success, recoveries: [2 per 24h, 8 per 30d] }\n"
                    "  familiar:   { failures: [4 per 24h, 16 per 30d], sources: 2 }\n"
                    "  challenged: { failures: [15 per 24h, 60 per 30d] }\n"
                    "  stranger:   { failures: [25 per 24h, 90 per 30d] }\n");
  }
  return absl::StrCat(text, part);
}

TEST(PolicyDocsTest, EveryExampleLoads) {
  int loaded = 0;
  for (const Example& example : Examples()) {
    if (example.wrong) continue;
    ++loaded;
    const absl::Status status = StatusOf(YamlPolicyReader().Read(Whole(example.text), 1), "example");
    EXPECT_TRUE(status.ok()) << "docs/policy.md:" << example.line << ": " << status;
  }
  EXPECT_GT(loaded, 10);
}

TEST(PolicyDocsTest, EveryErrorIsSaidToTheLetter) {
  int wrong = 0;
  for (const Example& example : Examples()) {
    if (!example.wrong) continue;
    ++wrong;
    const std::vector<std::string> parts = absl::StrSplit(example.text, "---\n");
    ASSERT_EQ(parts.size(), 2U) << "docs/policy.md:" << example.line;
    std::string said;
    for (const PolicyProblem& problem : YamlPolicyReader().Read(Whole(parts[0]), 1).problems)
      absl::StrAppend(&said, problem.message, problem.mend.empty() ? "" : "; ", problem.mend, "\n");
    for (const absl::string_view error : absl::StrSplit(parts[1], '\n', absl::SkipEmpty()))
      EXPECT_TRUE(absl::StrContains(said, error))
          << "docs/policy.md:" << example.line << " says " << error << "\nthe loader says\n"
          << said;
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), std::count(parts[1].begin(), parts[1].end(), '\n'))
        << "docs/policy.md:" << example.line << ": the loader says\n"
        << said;
  }
  EXPECT_GT(wrong, 4);
}

TEST(PolicyDocsTest, NoFieldGoesUnmentioned) {
  const std::string docs = Docs();
  for (const MapForm* form :
       {&kPolicyForm,      &kLanesForm,      &kDeviceForm,     &kRecoveredForm,  &kFamiliarForm,
        &kChallengedForm,  &kStrangerForm,   &kFactorsForm,    &kFactorForm,     &kRuleForm,
        &kWhenForm,        &kWeightsForm,    &kLimitForm,      &kWaitForm,       &kDetectForm,
        &kSabotageForm,    &kSuspectsForm,   &kStuffingForm,   &kSprayForm,      &kTargetedForm,
        &kDistributedForm, &kLowAndSlowForm, &kTokenTheftForm, &kLaunderingForm, &kKeyFloodForm}) {
    for (const FieldForm& field : form->fields)
      EXPECT_TRUE(absl::StrContains(docs, absl::StrCat(std::string(field.name), ":"))) << field.name;
  }
  for (const auto& words : {kCountWords, kKeyWords, kOutcomeWords, kConsequenceWords, kModeWords,
                            kOnStoreLossWords, kUntilWords, kLaneWords, kFactorWords}) {
    for (const std::string_view word : words) EXPECT_TRUE(absl::StrContains(docs, std::string(word))) << word;
  }
}

}  // namespace
}  // namespace latchkey
