#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "tests/cli/fake_server.h"

namespace latchkey::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What bash offers after `line`, with our script.
std::string Offered(const std::string& line) {
  const auto script =
      std::filesystem::path(::testing::TempDir()) / absl::StrCat("latchkey-completion-", getpid(), ".bash");
  std::ofstream(script) << RunCli({"completion", "bash"}).out << "COMP_WORDS=(" << line
                        << " '')\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
                        << "_latchkey\necho \"${COMPREPLY[@]}\"\n";
  const std::string command = "bash --norc " + script.string() + " 2>&1";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::array<char, 8192> text{};
  const size_t length = fread(text.data(), 1, text.size() - 1, pipe.get());
  return {text.data(), length};
}

TEST(CompletionTest, BashOffersTheVerbsAndFlagsOfThePlace) {
  EXPECT_THAT(Offered("latchkey"), HasSubstr("assess report explain"));
  EXPECT_THAT(Offered("latchkey policy"),
              HasSubstr("check certify diff schema show apply promote history rollback"));
  EXPECT_THAT(Offered("latchkey policy apply"), HasSubstr("--expect-revision"));
  EXPECT_THAT(Offered("latchkey policy apply"), Not(HasSubstr("rollback")));
  EXPECT_THAT(Offered("latchkey --output json devices"), HasSubstr("forget"));
}

TEST(CompletionTest, OtherShellsHaveScriptsToo) {
  EXPECT_THAT(RunCli({"completion", "zsh"}).out, HasSubstr("#compdef latchkey"));
  EXPECT_THAT(RunCli({"completion", "fish"}).out, HasSubstr("complete -c latchkey"));
  EXPECT_EQ(RunCli({"completion", "csh"}).code, ExitCode::kUsage);
}

}  // namespace
}  // namespace latchkey::cli
