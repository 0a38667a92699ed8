// `latchkey backtest` as people run it: on logs and on recordings, whole and damaged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/run.h"
#include "engine/recording/event_codec.h"
#include "engine/recording/frames.h"

namespace latchkey::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kRoot = LATCHKEY_SOURCE_DIR;
const std::string kDefault = kRoot + "/policies/default.yaml";
const std::string kFiveStrikes = kRoot + "/policies/baselines/five-strikes.yaml";

struct Ran {
  ExitCode code = ExitCode::kOk;
  std::string out;
  std::string err;
};

Ran Backtest(std::vector<std::string> arguments, const std::string& input = "") {
  arguments.insert(arguments.begin(), "backtest");
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  const ExitCode code = Run(arguments, {in, out, err});
  return {code, out.str(), err.str()};
}

class BacktestVerbTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("backtest-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string File(const std::string& name, const std::string& text) const {
    const std::string path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

 private:
  std::filesystem::path folder_;
};

std::string HeaderOf(const std::string& environment) {
  return EncodeHeader({.environment = environment, .names = false, .started = TimePoint(Duration(1))});
}

// Guesses at one account from one address, each let through and reported wrong, a second apart.
std::string Guesses(int from, int until) {
  std::string frames;
  for (int i = from; i < until; ++i) {
    RecordedAttempt attempt{.at = TimePoint(std::chrono::seconds(1'800'000'000 + i))};
    attempt.decision = static_cast<uint64_t>(i + 1);
    attempt.tenant = "default";
    attempt.account = "alice";
    attempt.source = "192.0.2.7";
    attempt.path = "web";
    AppendFrame(EncodeEvent(attempt), frames);
    AppendFrame(EncodeEvent(RecordedOutcome{.at = attempt.at, .decision = attempt.decision}), frames);
  }
  return frames;
}

TEST_F(BacktestVerbTest, ASampleLogOfSshdShowsWhoWouldHaveBeenStopped) {
  const std::string log = File("auth.log", "");
  const std::string make = "python3 " + kRoot + "/tools/make_sshd_log.py --style rfc3339 > " + log;
  ASSERT_EQ(std::system(make.c_str()), 0);  // NOLINT(cert-env33-c,concurrency-mt-unsafe)

  const Ran table = Backtest({"--policy", kDefault, "--format", "sshd", "--recording", log});
  EXPECT_EQ(table.code, ExitCode::kOk) << table.err;
  EXPECT_THAT(table.out, HasSubstr("before: everybody let through"));
  EXPECT_THAT(table.out, HasSubstr("MOST AFFECTED ACCOUNT"));
  EXPECT_THAT(table.out, HasSubstr("alice"));

  const std::vector<std::string> both = {"--policy", kFiveStrikes,  "--current", kDefault, "--format",
                                         "sshd",     "--recording", log,         "-o",     "json"};
  const Ran first = Backtest(both);
  EXPECT_EQ(first.code, ExitCode::kOk) << first.err;
  EXPECT_THAT(first.out, HasSubstr(R"("before": "policy storefront")"));
  EXPECT_THAT(first.out, HasSubstr(R"("certificates")"));
  EXPECT_EQ(first.out, Backtest(both).out) << "twice the same bytes";
}

TEST_F(BacktestVerbTest, SegmentsInAnyOrderAreOneRecording) {
  const std::string early = File("1.lkr", HeaderOf("prod") + Guesses(0, 10));
  const std::string later = File("2.lkr", HeaderOf("prod") + Guesses(10, 20));
  const Ran sorted = Backtest({"--policy", kFiveStrikes, "--recording", early, later, "-o", "json"});
  EXPECT_EQ(sorted.code, ExitCode::kOk) << sorted.err;
  EXPECT_THAT(sorted.out, HasSubstr(R"("newly_stopped": 15)"));
  EXPECT_EQ(Backtest({"--policy", kFiveStrikes, "--recording", later, early}).err, "");
  EXPECT_THAT(Backtest({"--policy", kFiveStrikes, "--recording", "-", "-o", "json"},
                       HeaderOf("prod") + Guesses(0, 10) + HeaderOf("prod") + Guesses(10, 20))
                  .out,
              HasSubstr(R"("newly_stopped": 15)"))
      << "one behind the other through a pipe";
}

TEST_F(BacktestVerbTest, TheSameRecordingTwiceIsCountedOnce) {
  const std::string file = File("1.lkr", HeaderOf("prod") + Guesses(0, 20));
  const Ran ran = Backtest({"--policy", kFiveStrikes, "--recording", file, file, "-o", "json"});
  EXPECT_THAT(ran.out, HasSubstr(R"("attempts": 20)"));
  EXPECT_THAT(ran.out, HasSubstr(R"("twice": 20)"));
}

TEST_F(BacktestVerbTest, ATornRecordingIsReplayedAsFarAsItGoes) {
  const std::string whole = HeaderOf("prod") + Guesses(0, 20);
  const std::string file = File("torn.lkr", whole.substr(0, whole.size() - 5));
  const Ran ran = Backtest({"--policy", kFiveStrikes, "--recording", file});
  EXPECT_EQ(ran.code, ExitCode::kOk);
  EXPECT_THAT(ran.err, HasSubstr("torn.lkr:byte "));
  EXPECT_THAT(ran.err, HasSubstr("could not be read"));
  EXPECT_THAT(ran.out, HasSubstr("20 attempts"));
  EXPECT_EQ(Backtest({"--policy", kFiveStrikes, "--recording", file, "--strict"}).code, ExitCode::kError);
}

TEST_F(BacktestVerbTest, AnotherEnvironmentIsRefused) {
  const std::string prod = File("1.lkr", HeaderOf("prod") + Guesses(0, 1));
  const std::string staging = File("2.lkr", HeaderOf("staging") + Guesses(1, 2));
  const Ran mixed = Backtest({"--policy", kDefault, "--recording", prod, staging});
  EXPECT_EQ(mixed.code, ExitCode::kConflict);
  EXPECT_THAT(mixed.err, HasSubstr("2.lkr: a recording of environment 'staging', not of 'prod'"));
  EXPECT_EQ(Backtest({"--policy", kDefault, "--recording", staging, "--environment", "prod"}).code,
            ExitCode::kConflict);
}

TEST_F(BacktestVerbTest, WhatIsNoRecordingIsNamedWithItsPlace) {
  const std::string file = File("notes.txt", "these are notes");
  const Ran ran = Backtest({"--policy", kDefault, "--recording", file});
  EXPECT_EQ(ran.code, ExitCode::kUsage);
  EXPECT_THAT(ran.err, HasSubstr("notes.txt: byte 0: not a recording of Latchkey; is --format right?"));
  EXPECT_EQ(Backtest({"--policy", kDefault, "--recording", "/no/such"}).code, ExitCode::kError);
}

TEST_F(BacktestVerbTest, BrokenLinesOfALogAreSaidAndTheRestIsReplayed) {
  const std::string csv =
      "account,source,outcome,occur_time\n"
      "alice,192.0.2.7,wrong,2026-11-21T12:00:01Z\n"
      "alice,home,wrong,2026-11-21T12:00:02Z\n"
      "alice,192.0.2.7,login-complete,2026-11-21T12:00:03Z\n"
      "alice,192.0.2.7,wrong,\n";
  const Ran ran = Backtest({"--policy", kDefault, "--format", "csv", "--recording", "-"}, csv);
  EXPECT_EQ(ran.code, ExitCode::kOk);
  EXPECT_THAT(ran.err, HasSubstr("input:3: 'home' is not an address"));
  EXPECT_THAT(ran.err, HasSubstr("input:5: no time: a replay needs to know when it was"));
  EXPECT_THAT(ran.out, HasSubstr("2 attempts"));
  const Ran other = Backtest({"--policy", kDefault, "--format", "sshd", "--recording", "-"}, csv);
  EXPECT_EQ(other.code, ExitCode::kError);
  EXPECT_THAT(other.err, HasSubstr("no login found: is --format right?"));
}

TEST_F(BacktestVerbTest, AWrongPolicyIsSaidWithItsLines) {
  const std::string policy = File("bad.yaml", "version: 1\nname: x\nrulez: []\n");
  const Ran ran = Backtest({"--policy", policy, "--recording", "-"});
  EXPECT_EQ(ran.code, ExitCode::kInvalidPolicy);
  EXPECT_THAT(ran.err, HasSubstr("bad.yaml:3:1"));
}

}  // namespace
}  // namespace latchkey::cli
