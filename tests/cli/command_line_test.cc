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
using ::testing::Not;

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

TEST(CommandLineTest, AMistypedVerbIsToldWhatItMayHaveMeant) {
  EXPECT_THAT(RunCli({"statsu"}).err, HasSubstr("there is no verb 'statsu'; did you mean 'status'?"));
  EXPECT_THAT(RunCli({"--tenant", "shop", "asess", "alice", "192.0.2.7"}).err,
              HasSubstr("there is no verb 'asess'; did you mean 'assess'?"));
  EXPECT_THAT(RunCli({"policy", "chek", "new.yaml"}).err,
              HasSubstr("there is no verb 'policy chek'; did you mean 'check'?"));
  EXPECT_THAT(RunCli({"xyzzy"}).err, HasSubstr("one of: assess, report,"));
  EXPECT_THAT(RunCli({}).err, HasSubstr("a verb is missing; one of: assess, report,"));
  EXPECT_THAT(RunCli({"policy"}).err, HasSubstr("policy wants a verb; one of: check,"));
}

TEST(CommandLineTest, AMistypedFlagIsToldWhatItMayHaveMeant) {
  EXPECT_THAT(RunCli({"status", "--spam", "1h"}).err,
              HasSubstr("there is no flag '--spam' here; did you mean '--span'?"));
  EXPECT_THAT(RunCli({"status", "--sever=x:1"}).err,
              HasSubstr("there is no flag '--sever' here; did you mean '--server'?"));
  EXPECT_THAT(RunCli({"status", "--frobnicate"}).err, HasSubstr("there is no flag '--frobnicate' here\n"));
}

TEST(CommandLineTest, WordsThatAreNoneOfAFewAreToldTheFew) {
  EXPECT_THAT(RunCli({"-o", "yaml", "health"}).err, HasSubstr("'yaml' is none of table|json"));
  EXPECT_THAT(RunCli({"completion", "tcsh"}).err, HasSubstr("'tcsh' is none of bash|zsh|fish"));
  EXPECT_THAT(RunCli({"lab", "detect", "--balancing", "random"}).err,
              HasSubstr("is none of call|login|account"));
  EXPECT_THAT(RunCli({"lab", "detect", "--help"}).out, HasSubstr("--balancing call|login|account"));
}

TEST(CommandLineTest, AServerIsAHostAndAPort) {
  for (const char* wrong :
       {"127.0.0.1", "latchkey.example", "http://127.0.0.1:7450", "127.0.0.1:99999", "::1:7450"}) {
    const Ran ran = RunCli({"--server", wrong, "health"});
    EXPECT_EQ(ran.code, ExitCode::kUsage) << wrong;
    EXPECT_THAT(ran.err, HasSubstr("is no HOST:PORT such as 127.0.0.1:7450")) << wrong;
  }
  for (const char* good : {"127.0.0.1:1", "[::1]:1", "unix:/nowhere/at/all", "dns:///127.0.0.1:1"}) {
    EXPECT_EQ(RunCli({"--server", good, "health"}).code, ExitCode::kUnavailable) << good;
  }
}

TEST(CommandLineTest, WhoAnswersThatItCannotIsNotTakenForNobody) {
  FakeServer server;
  server.guard.assess.status = {grpc::StatusCode::UNAVAILABLE, "the store is away"};
  const Ran ran = server.Run({"assess", "alice", "192.0.2.7"});
  EXPECT_EQ(ran.code, ExitCode::kUnavailable);
  EXPECT_THAT(ran.err, HasSubstr("cannot answer now: the store is away"));
  EXPECT_THAT(ran.err, Not(HasSubstr("Is it running?")));
}

TEST(CommandLineTest, TlsToAServerWithoutItSaysSo) {
  FakeServer server;
  const Ran ran = server.Run({"--tls", "health"});
  EXPECT_EQ(ran.code, ExitCode::kUnavailable);
  EXPECT_THAT(ran.err, HasSubstr("speaks no TLS: leave --tls and --tls-ca out"));
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
