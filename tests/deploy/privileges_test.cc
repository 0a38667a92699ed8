// The same list of rights in three places: the ACL file, the table for operators, what the doctor tries.
#include "adapters/redis/privileges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace latchkey {
namespace {

std::string TextOf(const std::string& path) {
  std::ifstream file(absl::StrCat(LATCHKEY_SOURCE_DIR, "/", path));
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// What the ACL file lets a user do: "get", "client|setname".
std::set<std::string> AllowedTo(const std::string& user) {
  std::set<std::string> commands;
  for (const std::string& line :
       std::vector<std::string>(absl::StrSplit(TextOf("deploy/redis/latchkey.acl"), '\n'))) {
    if (!absl::StartsWith(line, absl::StrCat("user ", user, " "))) continue;
    for (const std::string& word : std::vector<std::string>(absl::StrSplit(line, ' '))) {
      if (absl::StartsWith(word, "+")) commands.insert(word.substr(1));
    }
  }
  return commands;
}

TEST(PrivilegesTest, TheEngineMayWhatItNeedsAndNothingElse) {
  std::set<std::string> needed;
  for (const Privilege& privilege : EnginePrivileges()) needed.emplace(privilege.command);
  EXPECT_EQ(AllowedTo("latchkey"), needed);
  for (const Privilege& privilege : ForeignPrivileges()) {
    EXPECT_FALSE(needed.count(std::string(privilege.command))) << privilege.command;
  }
}

TEST(PrivilegesTest, OperatorsAreToldWhyEachRightIsThere) {
  const std::string page = TextOf("docs/redis-operations.md");
  for (const std::string user :
       {"latchkey", "latchkey-backtest", "latchkey-doctor", "latchkey-reader", "sentinel", "replica"}) {
    for (const std::string& command : AllowedTo(user))
      EXPECT_THAT(page,
                  ::testing::HasSubstr(absl::StrCat("`", absl::StrReplaceAll(command, {{"|", "\\|"}}), "`")))
          << "of " << user;
  }
}

TEST(PrivilegesTest, NobodyKnowsAPasswordOfTheShippedFile) {
  const std::string acl = TextOf("deploy/redis/latchkey.acl");
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(acl, '\n', absl::SkipEmpty()))) {
    if (line.rfind("user default off", 0) == 0) continue;
    EXPECT_THAT(line, ::testing::HasSubstr(absl::StrCat(" on #", std::string(64, '0'), " ")));
  }
}

}  // namespace
}  // namespace latchkey
