#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <map>
#include <memory>

#include "nlohmann/json.hpp"
#include "tests/cli/fake_server.h"

namespace latchkey::cli {
namespace {

using ::testing::HasSubstr;

// What tools/make_sshd_log.py writes.
std::string SshdLog(const std::string& options) {
  const std::string command =
      std::string(LATCHKEY_PYTHON) + " " LATCHKEY_TOOLS "/make_sshd_log.py " + options;
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string text;
  std::array<char, 65536> part{};
  while (const size_t length = fread(part.data(), 1, part.size(), pipe.get()))
    text.append(part.data(), length);
  return text;
}

int64_t Events(const FakeServer& server) {
  int64_t events = 0;
  for (const auto& frame : server.guard.frames) events += frame.events_size();
  return events;
}

TEST(RecordVerbTest, AWholeDayOfSshdIsStreamedInFramesAndInOrderOfTime) {
  FakeServer server;
  const std::string log = SshdLog("--seed 1 --scale 2");
  const Ran ran = server.Run({"record", "-", "--format", "sshd", "--zone", "UTC", "-o", "json"}, log);
  ASSERT_EQ(ran.code, ExitCode::kOk) << ran.err;
  const auto json = nlohmann::json::parse(ran.out);
  EXPECT_GT(json["lines"], 5000);
  EXPECT_EQ(json["broken"], 0) << ran.err;
  EXPECT_GT(json["notices"], 1000);
  EXPECT_EQ(json["events"], Events(server));

  std::map<std::string, int> failures;
  int64_t last = 0;
  for (const auto& frame : server.guard.frames) {
    EXPECT_LE(frame.events_size(), 1000);
    for (const auto& event : frame.events()) {
      EXPECT_GE(event.occur_time().seconds(), last);
      last = event.occur_time().seconds();
      failures[event.account()] += event.outcome() != v1::OUTCOME_LOGIN_COMPLETE ? 1 : 0;
    }
  }
  EXPECT_GE(failures["alice"], 1000);  // the botnet's
  EXPECT_GE(failures["root"], 240);    // with folded repetitions
  EXPECT_GE(server.guard.frames.size(), 4U);
}

TEST(RecordVerbTest, BothStampsTellTheSame) {
  FakeServer classic;
  FakeServer rfc3339;
  const std::string options = "--seed 2 --scale 0.2 --start 2026-11-01T00:00:00+00:00 ";
  const std::vector<std::string> verb = {"record", "-", "--zone", "UTC"};
  ASSERT_EQ(classic.Run(verb, SshdLog(options)).code, ExitCode::kOk);
  ASSERT_EQ(rfc3339.Run(verb, SshdLog(options + "--style rfc3339")).code, ExitCode::kOk);
  ASSERT_EQ(Events(classic), Events(rfc3339));
  EXPECT_EQ(classic.guard.frames[0].events(0).account(), rfc3339.guard.frames[0].events(0).account());
}

TEST(RecordVerbTest, ShowsWhatThePolicyAnswersWhomItHitsAndWhy) {
  FakeServer server;
  auto& summary = server.guard.summary;
  auto& answer = *summary.add_answers();
  answer.set_action(v1::ACTION_CHALLENGE);
  answer.set_count(1);
  auto& rule = *summary.add_rules();
  rule.set_rule_id("stranger-guesses");
  rule.set_action(v1::ACTION_CHALLENGE);
  summary.add_top_accounts()->set_account("alice\x1b[2J");
  summary.add_top_sources()->set_source("192.0.2.7");
  auto& refusal = *summary.add_refusals();
  refusal.set_position(1);
  refusal.mutable_problem()->set_message("occur_time: too old");
  summary.set_refused(1);
  const Ran ran =
      server.Run({"record", "-"},
                 "Nov 21 12:00:01 h sshd[1]: Failed password for alice from 192.0.2.7 port 1 ssh2\n"
                 "Nov 21 12:00:01 h CRON[1]: x\n"
                 "torn li\n"
                 "Nov 21 12:00:02 h sshd[1]: Failed password for alice from 192.0.2.7 port 1 ssh2\n");
  EXPECT_EQ(ran.code, ExitCode::kOk);
  EXPECT_THAT(ran.out, HasSubstr("CHALLENGE"));
  EXPECT_THAT(ran.out, HasSubstr("stranger-guesses"));
  EXPECT_THAT(ran.out, HasSubstr("alice\\x1b[2J"));
  EXPECT_THAT(ran.err, HasSubstr("4 lines: 2 logins, 0 notices, 1 about other things, 1 broken"));
  EXPECT_THAT(ran.err, HasSubstr("input:3: no time stamp"));
  EXPECT_THAT(ran.err, HasSubstr("input:4: refused by the server: occur_time: too old"));
}

TEST(RecordVerbTest, StrictEndsWithOneForABrokenLine) {
  FakeServer server;
  const std::string log = "{}\n{\"account\": \"a\", \"source\": \"192.0.2.7\", \"outcome\": \"wrong\"}\n";
  EXPECT_EQ(server.Run({"record", "--format", "json", "-"}, log).code, ExitCode::kOk);
  EXPECT_EQ(server.Run({"record", "--format", "json", "--strict", "-"}, log).code, ExitCode::kError);
}

TEST(RecordVerbTest, ImportsPastLogins) {
  FakeServer server;
  const Ran ran = server.Run({"record", "--format", "json", "--import", "--tenant", "shop", "-"},
                             R"({"account": "a", "source": "192.0.2.7", "outcome": "login-complete"})");
  ASSERT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_TRUE(server.guard.frames.at(0).import_logins());
  EXPECT_EQ(server.guard.frames.at(0).events(0).tenant(), "shop");
}

TEST(RecordVerbTest, AnotherKindOfFileIsSaidToBeOneAndNothingIsSent) {
  FakeServer server;
  const Ran ran = server.Run({"record", "-"}, "GIF89a\nGIF90a\n");
  EXPECT_EQ(ran.code, ExitCode::kError);
  EXPECT_THAT(ran.err, HasSubstr("is --format right?"));
  EXPECT_TRUE(server.guard.frames.empty());
  EXPECT_EQ(server.Run({"record", "/nowhere/auth.log"}).code, ExitCode::kError);
  EXPECT_EQ(server.Run({"record", "-"}, "").code, ExitCode::kOk);
}

}  // namespace
}  // namespace latchkey::cli
