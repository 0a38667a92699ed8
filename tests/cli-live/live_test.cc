// The command line as people use it, against real parts: latchkeyd as a child, on memory and on Redis.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "adapters/system/child_process.h"
#include "cli/demo/private_server.h"
#include "cli/run.h"
#include "nlohmann/json.hpp"

namespace latchkey::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

constexpr char kPolicies[] = LATCHKEY_ROOT "/policies/";

struct Ran {
  ExitCode code = ExitCode::kOk;
  std::string out;
  std::string err;
};

Ran RunCli(const std::vector<std::string>& arguments, const std::string& input = "") {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  const ExitCode code = Run(arguments, {in, out, err});
  return {code, out.str(), err.str()};
}

// A redis-server on a socket in a folder of its own.
class Redis {
 public:
  Redis() {
    fs::create_directories(folder_);
    const std::vector<std::string> command = {
        LATCHKEY_REDIS_SERVER, "--port", "0", "--unixsocket", socket(), "--save", "", "--dir",
        folder_.string()};
    process_ =
        ChildProcess::Start(command, {.log_file = (folder_ / "log").string(), .scrub = "LATCHKEY_"}).value();
    for (int i = 0; i < 500 && !fs::exists(socket()); ++i) absl::SleepFor(absl::Milliseconds(20));
  }
  ~Redis() {
    process_.reset();
    fs::remove_all(folder_);
  }
  [[nodiscard]] std::string url() const { return "redis+unix://" + socket(); }

 private:
  [[nodiscard]] std::string socket() const { return (folder_ / "socket").string(); }

  fs::path folder_ = fs::temp_directory_path() / ("latchkey-cli-live-" + std::to_string(getpid()));
  std::unique_ptr<ChildProcess> process_;
};

class LiveTest : public ::testing::TestWithParam<const char*> {
 protected:
  void Start(std::vector<std::string> flags = {}) {
    demo::ServerOptions options;
    options.program = LATCHKEY_SERVER;
    options.policy = std::string(kPolicies) + "default.yaml";
    options.attempt_token_life = absl::Minutes(2);
    options.more_flags = std::move(flags);
    if (std::string(GetParam()) == "redis") {
      redis_ = std::make_unique<Redis>();
      options.store = redis_->url();
    }
    auto server = demo::PrivateServer::Start(options);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  Ran Cli(std::vector<std::string> arguments, const std::string& input = "") {
    arguments.insert(arguments.begin(), {"--server", server_->address()});
    return RunCli(arguments, input);
  }
  static std::string FileOf(const std::string& text) {
    const fs::path path = fs::path(::testing::TempDir()) / absl::StrCat("latchkey-cli-live-token-", getpid());
    std::ofstream(path) << text;
    return path.string();
  }

  std::unique_ptr<Redis> redis_;
  std::unique_ptr<demo::PrivateServer> server_;
};

TEST_P(LiveTest, ALoginGivesADeviceThatIsListedUsedAndRevoked) {
  Start();
  const Ran assess = Cli({"assess", "alice", "192.0.2.7", "-o", "json"});
  ASSERT_EQ(assess.code, ExitCode::kOk) << assess.err;
  const Ran report = Cli({"report", "login-complete", "--device-name", "laptop", "-o", "json"}, assess.out);
  ASSERT_EQ(report.code, ExitCode::kOk) << report.err;

  const std::vector<std::string> elsewhere = {"assess", "alice",          "203.0.113.9",     "-o",
                                              "json",   "--device-token", FileOf(report.out)};
  EXPECT_EQ(json::parse(Cli(elsewhere).out)["lane"], "LANE_DEVICE");
  EXPECT_THAT(Cli({"devices", "list", "alice"}).out, HasSubstr("laptop"));
  EXPECT_EQ(Cli({"revoke-devices", "alice", "--reason", "stolen"}).code, ExitCode::kOk);
  EXPECT_EQ(json::parse(Cli(elsewhere).out)["lane"], "LANE_STRANGER");
  EXPECT_THAT(Cli({"devices", "list", "alice"}).out, Not(HasSubstr("laptop")));
}

TEST_P(LiveTest, AStrangerIsRefusedAfterFiveAndTheExitCodeSaysSo) {
  Start();
  for (int i = 0; i < 5; ++i) {
    const Ran assess = Cli({"assess", "alice", "203.0.113.66", "-o", "json"});
    ASSERT_EQ(assess.code, ExitCode::kOk) << assess.out;
    ASSERT_EQ(Cli({"report", "wrong"}, assess.out).code, ExitCode::kOk);
  }
  const Ran refused = Cli({"assess", "alice", "203.0.113.66"});
  EXPECT_EQ(refused.code, ExitCode::kRefused);
  EXPECT_THAT(refused.out, HasSubstr("stranger-guesses"));
  EXPECT_THAT(Cli({"explain", "alice", "203.0.113.66"}).out, HasSubstr("stranger-guesses"));
}

TEST_P(LiveTest, ADayOfSshdShowsTheAttackedAccountAndTheAttackingSources) {
  Start({"--show-names"});
  const std::string log = FileOf("");
  const std::string command = LATCHKEY_PYTHON " " LATCHKEY_ROOT "/tools/make_sshd_log.py --scale 2 > " + log;
  ASSERT_EQ(std::system(command.c_str()), 0);
  const Ran ran = Cli({"record", "--format", "sshd", "--zone", "UTC", log, "-o", "json"});
  ASSERT_EQ(ran.code, ExitCode::kOk) << ran.err;
  const json recorded = json::parse(ran.out);
  EXPECT_GT(recorded["lines"], 5000);
  EXPECT_EQ(recorded["broken"], 0);
  EXPECT_EQ(recorded["summary"]["refused"], "0");
  EXPECT_EQ(recorded["summary"]["top_accounts"][0]["account"], "alice");
  EXPECT_EQ(recorded["summary"]["top_sources"][0]["source"], "203.0.113.66");
  EXPECT_THAT(Cli({"top", "accounts"}).out, HasSubstr("alice"));
  EXPECT_THAT(Cli({"top", "sources"}).out, HasSubstr("203.0.113.66"));
  EXPECT_THAT(Cli({"status", "alice"}).out, HasSubstr("stranger"));
  // The people who log in every day meet nothing of it.
  EXPECT_EQ(json::parse(Cli({"assess", "bob", "192.0.2.10", "-o", "json"}).out)["action"], "ACTION_ALLOW");
}

TEST_P(LiveTest, DecisionsAreWatchedAndSummedUp) {
  Start();
  ASSERT_EQ(Cli({"assess", "alice", "203.0.113.66"}).code, ExitCode::kOk);
  const Ran watched = Cli({"watch", "--count", "1", "-o", "json"});
  ASSERT_EQ(watched.code, ExitCode::kOk) << watched.err;
  EXPECT_EQ(json::parse(watched.out)["action"], "ACTION_ALLOW");
  EXPECT_EQ(json::parse(Cli({"status", "-o", "json"}).out)["decisions"], "1");
  EXPECT_THAT(Cli({"explain", "--decision", json::parse(watched.out)["decision_id"]}).out,
              HasSubstr("ALLOW"));
  EXPECT_EQ(Cli({"explain", "--decision", "d-0000000000000000"}).code, ExitCode::kNotFound);
}

TEST_P(LiveTest, PoliciesAreAppliedOnlyByWhoHasReadThem) {
  Start({"--policy-source=store"});
  const Ran shown = Cli({"policy", "show"});
  ASSERT_EQ(shown.code, ExitCode::kOk) << shown.err;
  std::string tighter = shown.out;
  tighter.replace(tighter.find("above: 5,"), 9, "above: 4,");
  const auto apply = [&](const char* revision) {
    return Cli(
        {"policy", "apply", "-", "--expect-revision", revision, "--reason", "tighter", "--author", "ann"},
        tighter);
  };
  EXPECT_EQ(apply("7").code, ExitCode::kConflict);
  const Ran applied = apply("1");
  EXPECT_EQ(applied.code, ExitCode::kOk) << applied.err;
  EXPECT_THAT(Cli({"policy", "history"}).out, HasSubstr("tighter"));
  EXPECT_THAT(Cli({"policy", "show"}).out, HasSubstr("above: 4,"));
  EXPECT_EQ(Cli({"policy", "rollback", "1", "--expect-revision", "2", "--reason", "too tight"}).code,
            ExitCode::kOk);
  EXPECT_THAT(Cli({"policy", "show"}).out, Not(HasSubstr("above: 4,")));
  EXPECT_EQ(Cli({"policy", "check", "--ask-server", "-"}, "version: 2\n").code, ExitCode::kInvalidPolicy);
}

INSTANTIATE_TEST_SUITE_P(Stores, LiveTest, ::testing::Values("memory", "redis"),
                         [](const auto& store) { return std::string(store.param); });

// What a script gets from `./dev demo --output json`.
TEST(DemoTest, FiveStrikesLoseTheAuctionAndTheDefaultPolicyWinsIt) {
  const Ran ran = RunCli({"demo", "--output", "json", "--latchkeyd", LATCHKEY_SERVER, "--five-strikes",
                          std::string(kPolicies) + "baselines/five-strikes.yaml", "--default-policy",
                          std::string(kPolicies) + "default.yaml"});
  ASSERT_EQ(ran.code, ExitCode::kOk) << ran.err;
  const json result = json::parse(ran.out);
  const json& strikes = result["five-strikes"];
  EXPECT_EQ(strikes["bid"], "void");
  EXPECT_EQ(strikes["owner_known_device"], "LOCKOUT");
  EXPECT_EQ(strikes["owner_new_device"], "LOCKOUT");
  EXPECT_EQ(strikes["attacker_guesses_verified"], 5);
  const json& latchkey = result["default"];
  EXPECT_EQ(latchkey["bid"], "stands");
  EXPECT_EQ(latchkey["owner_known_device"], "ALLOW");
  EXPECT_EQ(latchkey["owner_new_device_before_challenge"], "CHALLENGE");
  EXPECT_EQ(latchkey["owner_new_device"], "ALLOW");
  EXPECT_EQ(latchkey["attacker_guesses_verified"], 5);
  // The shop has decided by what it heard, and the story says so.
  EXPECT_EQ(latchkey["standing"]["state"], "under-attack");
  EXPECT_EQ(latchkey["standing"]["keep_commitments"], true);
  EXPECT_GE(latchkey["standing"]["changes_heard"], 1);
  EXPECT_THAT(ran.err, HasSubstr("the auction watched: alice under attack since "));
  EXPECT_FALSE(strikes.contains("standing"));
}

TEST(DemoTest, AServerThatCannotStartIsExplainedAndNothingIsPrinted) {
  const Ran ran = RunCli({"demo", "--output", "json", "--latchkeyd", LATCHKEY_SERVER, "--five-strikes",
                          "/nowhere/five-strikes.yaml", "--default-policy", "/nowhere/default.yaml"});
  EXPECT_EQ(ran.code, ExitCode::kError);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr("five-strikes.yaml"));
}

}  // namespace
}  // namespace latchkey::cli
