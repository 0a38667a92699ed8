// A morning at a shop, played on a real latchkeyd that records it; then what was recorded, replayed.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/run.h"
#include "latchkey/v1/guard.grpc.pb.h"
#include "nlohmann/json.hpp"
#include "tests/support/latchkeyd.h"
#include "tests/support/redis_server.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kDefault = LATCHKEY_SOURCE_DIR "/policies/default.yaml";
const std::string kFiveStrikes = LATCHKEY_SOURCE_DIR "/policies/baselines/five-strikes.yaml";

class Shop {
 public:
  explicit Shop(const std::string& address)
      : stub_(v1::LoginGuardService::NewStub(
            grpc::CreateChannel(address, grpc::InsecureChannelCredentials()))) {}

  // One login; answers the device token of a complete one.
  std::string Login(const std::string& account, const std::string& source, v1::Outcome outcome,
                    const std::string& device = "", unsigned tag = 0) {
    v1::AssessRequest request;
    request.set_account(account);
    request.set_source(source);
    request.set_device_token(device);
    request.add_challenge_kinds(v1::CHALLENGE_KIND_CAPTCHA);
    if (tag > 0) {
      const std::string bytes = {static_cast<char>(tag >> 8U), static_cast<char>(tag & 0xFFU)};
      request.mutable_password_tags()->set_account_tag(bytes);
      request.mutable_password_tags()->set_tenant_tag(bytes);
    }
    v1::AssessResponse answer;
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    const grpc::Status status = stub_->Assess(&context, request, &answer);
    EXPECT_TRUE(status.ok()) << status.error_message();
    if (answer.attempt_token().empty()) return "";
    v1::ReportRequest report;
    report.set_attempt_token(answer.attempt_token());
    report.set_outcome(outcome);
    v1::ReportResponse settled;
    grpc::ClientContext again;
    EXPECT_TRUE(stub_->Report(&again, report, &settled).ok());
    return settled.device_token();
  }

  void Morning() {
    std::vector<std::string> devices;
    for (int i = 0; i < 20; ++i)
      devices.push_back(
          Login("user-" + std::to_string(i), "192.0.2." + std::to_string(i), v1::OUTCOME_LOGIN_COMPLETE));
    const std::string laptop = Login("alice", "192.0.2.200", v1::OUTCOME_LOGIN_COMPLETE);
    for (int i = 0; i < 40; ++i)
      Login("alice", "203.0.113.66", v1::OUTCOME_WRONG, "", 1000U + static_cast<unsigned>(i));
    for (int i = 0; i < 3; ++i) Login("alice", "198.51.100.4", v1::OUTCOME_WRONG, laptop, 7);
    Login("alice", "198.51.100.4", v1::OUTCOME_LOGIN_COMPLETE, laptop);
    for (int i = 0; i < 20; ++i)
      Login("user-" + std::to_string(i), "198.51.100.9", v1::OUTCOME_LOGIN_COMPLETE,
            devices[static_cast<size_t>(i)]);
  }

 private:
  std::unique_ptr<v1::LoginGuardService::Stub> stub_;
};

struct Ran {
  cli::ExitCode code = cli::ExitCode::kOk;
  std::string out;
  std::string err;
};

Ran Backtest(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "backtest");
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  const cli::ExitCode code = cli::Run(arguments, {in, out, err});
  return {code, out.str(), err.str()};
}

std::vector<std::string> FilesIn(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files.push_back(entry.path().string());
  return files;
}

// What holds of a recorded morning, wherever it is kept.
void ExpectReplays(const std::vector<std::string>& recording) {
  const auto with = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), recording.begin(), recording.end());
    return Backtest(std::move(arguments));
  };
  const Ran same = with({"--policy", kDefault, "-o", "json", "--recording"});
  ASSERT_EQ(same.code, cli::ExitCode::kOk) << same.err;
  EXPECT_EQ(same.err, "");
  const auto json = nlohmann::json::parse(same.out);
  EXPECT_EQ(json["recording"]["attempts"], 85);
  EXPECT_EQ(json["decisions"]["differ"], 0) << "the policy that was in force answers as it did";
  EXPECT_GE(json["owners"]["known"]["logins"], 21);
  EXPECT_EQ(with({"--policy", kDefault, "-o", "json", "--recording"}).out, same.out)
      << "twice the same bytes";

  const auto strikes =
      nlohmann::json::parse(with({"--policy", kFiveStrikes, "-o", "json", "--recording"}).out);
  EXPECT_GT(strikes["decisions"]["differ"], 0);
  EXPECT_EQ(strikes["top_accounts"][0]["owner_hit"], 1) << "alice, locked out on her own laptop";
  EXPECT_TRUE(strikes["certificates"].contains("after"));
}

TEST(RecordingLiveTest, WhatOneNodeRecordsIsReplayedFromItsFiles) {
  Latchkeyd daemon({"--recording-mode", "full", "--environment", "prod"});
  Shop(daemon.address()).Morning();
  daemon.Restart();  // writes what waits
  std::vector<std::string> recording = FilesIn(daemon.folder() + "/data/recording");
  ASSERT_EQ(recording.size(), 2U);
  ExpectReplays(recording);
  std::string bytes;
  for (const std::string& path : recording) {
    std::ifstream file(path, std::ios::binary);
    bytes += std::string(std::istreambuf_iterator<char>(file), {});
  }
  EXPECT_THAT(bytes, Not(HasSubstr("alice"))) << "names are pseudonyms";
  EXPECT_THAT(bytes, Not(HasSubstr("203.0.113")));
  recording.insert(recording.begin(), {"--policy", kDefault, "--environment", "staging", "--recording"});
  EXPECT_EQ(Backtest(recording).code, cli::ExitCode::kConflict);
}

TEST(RecordingLiveTest, WhatNodesRecordInRedisIsReplayedFromThere) {
  RedisServer redis;
  Latchkeyd daemon({"--store", redis.url(), "--recording-mode", "full", "--environment", "prod",
                    "--redis-command-timeout", "5s"});
  Shop(daemon.address()).Morning();
  daemon.Restart();
  const std::string reader = redis.url("latchkey-backtest");
  ExpectReplays({reader, "--environment", "prod"});
  const Ran other = Backtest({"--policy", kDefault, "--recording", reader, "--environment", "staging"});
  EXPECT_EQ(other.code, cli::ExitCode::kNotFound);
  EXPECT_THAT(other.err, HasSubstr("no recording of environment 'staging'"));
}

TEST(RecordingLiveTest, ASampleHoldsWholeAccounts) {
  Latchkeyd daemon({"--recording-mode", "sampled", "--recording-share", "50%", "--recording-show-names"});
  Shop(daemon.address()).Morning();
  daemon.Restart();
  std::vector<std::string> recording = FilesIn(daemon.folder() + "/data/recording");
  recording.insert(recording.begin(), {"--policy", kDefault, "-o", "json", "--recording"});
  const auto json = nlohmann::json::parse(Backtest(recording).out);
  EXPECT_GT(json["recording"]["attempts"], 0);
  EXPECT_LT(json["recording"]["attempts"], 85);
  EXPECT_EQ(json["recording"]["reports_without_attempt"], 0);
}

}  // namespace
}  // namespace latchkey
