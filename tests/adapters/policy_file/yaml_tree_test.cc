#include "adapters/policy_file/yaml_tree.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

std::string OnlyProblem(std::string_view text, const YamlBounds& bounds = {}) {
  Problems problems;
  (void)ParseYaml(text, bounds, problems);
  const std::vector<PolicyProblem> sorted = problems.Sorted();
  return sorted.size() == 1 ? ProblemText("f", sorted[0]) : absl::StrCat(sorted.size(), " problems");
}

TEST(YamlTreeTest, KnowsWhereEverythingStands) {
  Problems problems;
  const auto root = ParseYaml("# one\na: 1\nb:\n  - x\n  - { c: 'y' }\n", {}, problems);
  ASSERT_TRUE(root);
  EXPECT_TRUE(problems.empty());
  ASSERT_EQ(root->fields.size(), 2U);
  EXPECT_EQ(root->fields[0].at, (TextPosition{2, 1}));
  EXPECT_EQ(root->fields[0].value.at, (TextPosition{2, 4}));
  const YamlNode& list = root->fields[1].value;
  EXPECT_EQ(list.items[0].at, (TextPosition{4, 5}));
  EXPECT_FALSE(list.items[0].quoted);
  EXPECT_EQ(list.items[1].fields[0].value.at, (TextPosition{5, 10}));
  EXPECT_TRUE(list.items[1].fields[0].value.quoted);
}

TEST(YamlTreeTest, RefusesWhatCouldUnfold) {
  std::string bomb = "a: &a [x, x]\n";
  for (char c = 'b'; c <= 'z'; ++c) {
    absl::StrAppend(&bomb, std::string(1, c), ": &", std::string(1, c), " [*",
                    std::string(1, static_cast<char>(c - 1)), ", *", std::string(1, static_cast<char>(c - 1)),
                    "]\n");
  }
  Problems problems;
  (void)ParseYaml(bomb, {}, problems);
  EXPECT_GE(problems.Sorted().size(), 50U);
  EXPECT_EQ(OnlyProblem("a: &x 1"), "f:1:4: an anchor (&name) is not part of a policy; leave it out");
  EXPECT_EQ(OnlyProblem("a: !!python/object 1"),
            "f:1:4: a tag (!type) is not part of a policy; leave it out");
}

TEST(YamlTreeTest, RefusesWhatIsTooMuch) {
  EXPECT_EQ(OnlyProblem(std::string(1'048'577, ' ')), "f: longer than 1048576 bytes: no policy is that long");
  EXPECT_EQ(OnlyProblem("[[1]]", {.depth_max = 1}), "f:1:2: nested more than 1 deep");
  EXPECT_NE(OnlyProblem(std::string(100'000, '[')).find("nested more than 16 deep"), std::string::npos);
  EXPECT_EQ(OnlyProblem("[1, 2, 3]", {.nodes_max = 3}), "f:1:8: more than 3 values: no policy is that long");
}

TEST(YamlTreeTest, RefusesWhatIsNoDocument) {
  EXPECT_EQ(OnlyProblem(""), "f: the file is empty; a policy begins with 'version: 1'");
  EXPECT_EQ(OnlyProblem("a: 1\n---\nb: 2\n"), "f:2:1: a second document (---); one file is one policy");
  EXPECT_EQ(OnlyProblem(std::string("a: 1\nb\0: 2\n", 11)), "f:2:1: a zero byte: this is not a text file");
  EXPECT_EQ(OnlyProblem("? [a, b]\n: 1\n"), "f:1:3: a key must be a word, not a list");
  EXPECT_EQ(OnlyProblem("a: [1, 2\nb: 3\n").substr(0, 4), "f:2:");
}

}  // namespace
}  // namespace latchkey
