#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/cli/fake_server.h"

namespace latchkey::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string KeyFile(const std::string& text) {
  const auto path =
      std::filesystem::path(::testing::TempDir()) / absl::StrCat("latchkey-cli-api-key-", getpid());
  std::ofstream(path) << text;
  return path.string();
}

TEST(CommandLineTest, HelpDocumentsExitCodesOnOutput) {
  const Ran ran = RunCli({"--help"});
  EXPECT_EQ(ran.code, ExitCode::kOk);
  EXPECT_THAT(ran.out, HasSubstr("Exit codes"));
  EXPECT_THAT(ran.err, IsEmpty());
  EXPECT_THAT(RunCli({"--version"}).out, HasSubstr("latchkey "));
}

TEST(CommandLineTest, MistakesEndWithTwoAndSayWhatIsWrong) {
  for (const std::vector<std::string>& line :
       std::vector<std::vector<std::string>>{{},
                                             {"frobnicate"},
                                             {"assess"},
                                             {"assess", "alice"},
                                             {"report", "maybe"},
                                             {"--timeout", "soon", "health"},
                                             {"--output", "xml", "health"},
                                             {"policy"},
                                             {"--tls-cert", "x", "health"}}) {
    const Ran ran = RunCli(line);
    EXPECT_EQ(ran.code, ExitCode::kUsage) << ran.err;
    EXPECT_THAT(ran.out, IsEmpty());
    EXPECT_THAT(ran.err, HasSubstr("latchkey: "));
  }
}

TEST(CommandLineTest, NobodyListeningEndsWithFive) {
  const Ran ran = RunCli({"--server", "127.0.0.1:1", "status", "alice"});
  EXPECT_EQ(ran.code, ExitCode::kUnavailable);
  EXPECT_THAT(ran.err, HasSubstr("Is it running?"));
}

TEST(CommandLineTest, TheApiKeyComesFromItsFile) {
  FakeServer server;
  server.guard.assess.answer.set_action(v1::ACTION_ALLOW);
  EXPECT_EQ(server.Run({"--api-key-file", KeyFile("k-123\n"), "assess", "a", "192.0.2.7"}).code,
            ExitCode::kOk);
  EXPECT_EQ(server.guard.authorization, "Bearer k-123");
}

TEST(CommandLineTest, AnApiKeyDoesNotTravelInTheClear) {
  const Ran ran =
      RunCli({"--server", "latchkey.example:7450", "--api-key-file", KeyFile("k-123"), "status", "alice"});
  EXPECT_EQ(ran.code, ExitCode::kUsage);
  EXPECT_THAT(ran.err, HasSubstr("unencrypted"));
}

TEST(CommandLineTest, AMissingKeyFileIsNamed) {
  const Ran ran = RunCli({"--api-key-file", "/nowhere/key", "health"});
  EXPECT_EQ(ran.code, ExitCode::kError);
  EXPECT_THAT(ran.err, HasSubstr("/nowhere/key"));
}

TEST(CommandLineTest, TheEnvironmentSaysWhereTheServerIs) {
  FakeServer server;
  setenv("LATCHKEY_SERVER", server.address().c_str(), 1);
  EXPECT_EQ(RunCli({"health"}).code, ExitCode::kOk);
  unsetenv("LATCHKEY_SERVER");
}

}  // namespace
}  // namespace latchkey::cli
