// Incidents and dependencies as analysts and operators see them: the command line against a real latchkeyd.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "cli/demo/private_server.h"
#include "cli/run.h"
#include "engine/attempt/attempt.h"
#include "latchkey/v1/guard.grpc.pb.h"
#include "latchkey/v1/incidents.grpc.pb.h"
#include "latchkey/v1/workflow.grpc.pb.h"
#include "nlohmann/json.hpp"

namespace latchkey::cli {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

// By the SHA-256 of auth-key, shop-key, payout-key, ann-key and eve-key.
constexpr char kCallers[] = R"(
- { name: auth, sha256: 5cdc58b1f3695360dad45b659a15ec27d4796e99fa58d68ac5e23d7eccc23e6c, roles: [reporter] }
- { name: shop, sha256: 44cfdcdd88354fa1412781f5a01a901c9112db33bfa8b165fbec9b618d9cf112, roles: [dependent] }
- { name: payout, sha256: 50baca8a048914717d7efb8156fc060eca628ee0308fbb85fd35a22b8fc50d86, roles: [dependent] }
- { name: ann, sha256: 21fdbeecb49c56644f6cc4444328f5da14132c8a38fd86aad19b4da9e521a79c, roles: [analyst] }
- { name: eve, sha256: 063f9aac4168c3cc72bc2f81d8e55314ef8052df55829d2e13be2d1f3302a2df, roles: [operator] }
)";
constexpr char kUnknown[] = "00000000deadbeef";

struct Ran {
  ExitCode code = ExitCode::kOk;
  std::string out;
  std::string err;
};

class IncidentsLiveTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_);
    demo::ServerOptions options;
    options.program = LATCHKEY_SERVER;
    options.policy = LATCHKEY_ROOT "/policies/default.yaml";
    options.more_flags = {"--show-names", "--api-keys=" + FileOf("callers", kCallers)};
    auto server = demo::PrivateServer::Start(options);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string FileOf(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  Ran Cli(const std::string& caller, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(),
                     {"--server", server_->address(), "--api-key-file", FileOf(caller, caller + "-key")});
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    const ExitCode code = cli::Run(arguments, {in, out, err});
    return {code, out.str(), err.str()};
  }
  static void Sign(grpc::ClientContext& context, const std::string& caller) {
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    context.AddMetadata("authorization", absl::StrCat("Bearer ", caller, "-key"));
  }
  void Stake(const std::string& caller, const std::string& account, const std::string& workflow,
             v1::OnLock on_lock) {
    v1::RegisterStakeRequest request;
    request.set_account(account);
    request.set_workflow(workflow);
    request.mutable_end_time()->set_seconds(absl::ToUnixSeconds(absl::Now()) + 300);
    request.set_on_lock(on_lock);
    grpc::ClientContext context;
    Sign(context, caller);
    v1::RegisterStakeResponse response;
    const grpc::Status status =
        v1::WorkflowsService::NewStub(channel_)->RegisterStake(&context, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  // One try to log in; what is not ALLOWed ends there.
  void LogIn(const std::string& account, const std::string& source, v1::Outcome outcome) {
    const auto guard = v1::LoginGuardService::NewStub(channel_);
    v1::AssessRequest attempt;
    attempt.set_account(account);
    attempt.set_source(source);
    grpc::ClientContext asking;
    Sign(asking, "auth");
    v1::AssessResponse answer;
    ASSERT_TRUE(guard->Assess(&asking, attempt, &answer).ok());
    if (answer.action() != v1::ACTION_ALLOW) return;
    v1::ReportRequest report;
    report.set_attempt_token(answer.attempt_token());
    report.set_outcome(outcome);
    grpc::ClientContext reporting;
    Sign(reporting, "auth");
    v1::ReportResponse reported;
    ASSERT_TRUE(guard->Report(&reporting, report, &reported).ok());
  }
  // Mallory, a rival of alice's, fails on her account until that is an incident which names him.
  void Sabotage() {
    grpc::ClientContext context;
    Sign(context, "ann");
    const auto reader = v1::IncidentsService::NewStub(channel_)->WatchIncidents(&context, {});
    v1::WatchIncidentsResponse change;
    ASSERT_TRUE(reader->Read(&change));
    before_ = change.cursor();
    Stake("shop", "alice", "auction-17", v1::ON_LOCK_VOID);
    Stake("shop", "mallory", "auction-17", v1::ON_LOCK_VOID);
    LogIn("mallory", "203.0.113.66", v1::OUTCOME_LOGIN_COMPLETE);
    for (int i = 0; i < 12; ++i) LogIn("alice", "203.0.113.66", v1::OUTCOME_WRONG);
    while (change.incident().suspects_size() == 0) ASSERT_TRUE(reader->Read(&change));
    incident_ = change.incident().incident_id();
    context.TryCancel();
    (void)reader->Finish();
  }
  Ran Watch(const std::string& cursor) const {
    return Cli("ann", {"incidents", "watch", "--cursor", cursor, "--count", "1", "-o", "json"});
  }

  const fs::path folder_ = fs::path(::testing::TempDir()) / absl::StrCat("latchkey-incidents-", getpid());
  std::unique_ptr<demo::PrivateServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::string before_;  // the cursor before it
  std::string incident_;
};

TEST_F(IncidentsLiveTest, AnIncidentIsListedShownAndWatched) {
  EXPECT_THAT(Cli("ann", {"incidents", "list"}).err, HasSubstr("no incidents"));
  ASSERT_NO_FATAL_FAILURE(Sabotage());
  const Ran listed = Cli("ann", {"incidents", "list", "--state", "open", "--account", "alice"});
  EXPECT_EQ(listed.code, ExitCode::kOk) << listed.err;
  EXPECT_THAT(listed.out, AllOf(HasSubstr(incident_), HasSubstr("lockout-sabotage"), HasSubstr("mallory")));
  EXPECT_THAT(Cli("ann", {"incidents", "list", "--account", "bob"}).err, HasSubstr("no incidents"));
  EXPECT_THAT(Cli("ann", {"incidents", "list", "--kind", "key-flood"}).err, HasSubstr("no incidents"));
  const json list = json::parse(Cli("ann", {"incidents", "list", "--limit", "1", "-o", "json"}).out);
  ASSERT_EQ(list["incidents"].size(), 1U);
  EXPECT_EQ(list["incidents"][0]["incident_id"], incident_);

  const Ran shown = Cli("ann", {"incidents", "show", incident_});
  EXPECT_THAT(shown.out, AllOf(HasSubstr("T1531, CAPEC-2, CWE-645"), HasSubstr("decisions"),
                               HasSubstr("mallory is suspected"), HasSubstr("auction-17")));
  const json incident =
      json::parse(Cli("ann", {"incidents", "show", incident_, "-o", "json"}).out)["incident"];
  EXPECT_EQ(incident["attack_technique_id"], "T1531");
  const json& counts = incident["counts"];
  const auto count = [&counts](const char* name) { return std::stoi(counts[name].get<std::string>()); };
  EXPECT_GE(count("allowed"), 3);
  EXPECT_EQ(count("allowed"), count("failures"));
  EXPECT_EQ(count("throttled") + count("challenged") + count("locked_out"), count("refusals"));

  const json change = json::parse(Watch(before_).out);
  EXPECT_EQ(change["incident"]["incident_id"], incident_);
  EXPECT_EQ(json::parse(Watch(before_).out)["sequence"], change["sequence"]);  // the same again
}

TEST_F(IncidentsLiveTest, PeopleSayWhatItIsWithTheirNamesAndReasons) {
  ASSERT_NO_FATAL_FAILURE(Sabotage());
  EXPECT_THAT(Cli("ann", {"status"}).out,
              AllOf(HasSubstr("of lockout-sabotage"), Not(HasSubstr("acknowledged"))));
  EXPECT_EQ(Cli("ann", {"incidents", "ack", incident_}).code, ExitCode::kDenied);
  EXPECT_EQ(Cli("eve", {"incidents", "ack", incident_, "--reason", "looking"}).out,
            incident_ + " is acknowledged\n");
  EXPECT_THAT(Cli("ann", {"incidents", "show", incident_}).out, HasSubstr("acknowledged by eve: looking"));
  EXPECT_THAT(Cli("ann", {"status"}).out, HasSubstr("of lockout-sabotage, 1 acknowledged"));

  EXPECT_EQ(Cli("eve", {"incidents", "resolve", incident_}).code, ExitCode::kUsage);
  const Ran empty = Cli("eve", {"incidents", "resolve", incident_, "--reason", ""});
  EXPECT_EQ(empty.code, ExitCode::kUsage);
  EXPECT_THAT(empty.err, HasSubstr("reason"));
  EXPECT_EQ(Cli("eve", {"incidents", "resolve", incident_, "--reason", "blocked at the edge"}).code,
            ExitCode::kOk);
  EXPECT_EQ(Cli("eve", {"incidents", "ack", incident_}).code, ExitCode::kConflict);  // it is closed
  EXPECT_THAT(Cli("ann", {"status"}).out, Not(HasSubstr("lockout-sabotage")));

  const Ran alarm =
      Cli("eve", {"incidents", "false-alarm", incident_, "--reason", "our own load test", "-o", "json"});
  ASSERT_EQ(alarm.code, ExitCode::kOk) << alarm.err;
  const json said = json::parse(alarm.out)["incident"];
  EXPECT_EQ(said["state"], "INCIDENT_STATE_FALSE_ALARM");
  EXPECT_EQ(said["author"], "eve");
  EXPECT_EQ(said["reason"], "our own load test");
  // What was said is in the timeline, and the detector's report counts it.
  EXPECT_THAT(Cli("ann", {"incidents", "show", incident_}).out,
              AllOf(HasSubstr("resolved: blocked at the edge"),
                    HasSubstr("eve  marked as a false alarm: our own load test")));
  const json report = json::parse(Cli("ann", {"incidents", "report", "-o", "json"}).out)["detectors"];
  ASSERT_EQ(report.size(), 1U);
  EXPECT_EQ(report[0]["false_alarms"], "1");
  EXPECT_EQ(report[0]["incidents"], "1");
  EXPECT_THAT(Cli("ann", {"incidents", "report"}).out,
              AllOf(HasSubstr("100%"), HasSubstr("our own load test")));
}

TEST_F(IncidentsLiveTest, WhatIsNotThereOrFromElsewhereIsSaid) {
  ASSERT_NO_FATAL_FAILURE(Sabotage());
  for (const char* verb : {"show", "ack", "resolve", "false-alarm"}) {
    std::vector<std::string> arguments = {"incidents", verb, kUnknown};
    if (std::string(verb) != "show") arguments.insert(arguments.end(), {"--reason", "why not"});
    const Ran ran = Cli("eve", arguments);
    EXPECT_EQ(ran.code, ExitCode::kNotFound) << verb;
    EXPECT_THAT(ran.err, HasSubstr("no such incident")) << verb;
  }
  EXPECT_EQ(Cli("ann", {"incidents", "list", "--state", "on-fire"}).code, ExitCode::kUsage);
  EXPECT_EQ(Cli("ann", {"incidents", "list", "--limit", "0"}).code, ExitCode::kUsage);
  EXPECT_EQ(Cli("eve", {"incidents", "resolve", incident_, "--reason", std::string(257, 'x')}).code,
            ExitCode::kUsage);
  EXPECT_EQ(Cli("shop", {"incidents", "list"}).code, ExitCode::kDenied);

  const auto refused = [this](const std::string& cursor) {
    const Ran ran = Watch(cursor);
    EXPECT_EQ(ran.code, ExitCode::kUsage) << cursor;
    EXPECT_EQ(ran.out, "") << cursor;
    return ran.err;
  };
  ASSERT_THAT(before_, HasSubstr("/incidents/"));
  EXPECT_THAT(refused("yesterday"), HasSubstr("cursor"));
  EXPECT_THAT(refused("moon" + before_.substr(before_.find('/'))), HasSubstr("of environment 'moon'"));
  EXPECT_THAT(refused(absl::StrReplaceAll(before_, {{"/incidents/", "/standings/"}})),
              HasSubstr("of the stream of standings"));
  EXPECT_THAT(refused(absl::StrReplaceAll(before_, {{"/incidents/", "/incidents/9"}})), HasSubstr("cursor"));
}

TEST_F(IncidentsLiveTest, TheMapSaysWhoWouldRepeatTheStory) {
  EXPECT_THAT(Cli("ann", {"dependencies"}).err, HasSubstr("nothing is at stake"));
  Stake("shop", "alice", "auction-17", v1::ON_LOCK_VOID);
  Stake("shop", "bob", "auction-17", v1::ON_LOCK_ASK);
  Stake("payout", "alice", "payouts", v1::ON_LOCK_KEEP);
  Stake("shop", "carol", "orders", v1::ON_LOCK_UNSPECIFIED);

  const json map = json::parse(Cli("ann", {"dependencies", "-o", "json"}).out)["dependencies"];
  ASSERT_EQ(map.size(), 3U);  // by workflow
  EXPECT_EQ(map[0]["workflow"], "auction-17");
  EXPECT_EQ(map[0]["stakes"], "2");
  EXPECT_EQ(map[0]["on_lock"], "ON_LOCK_VOID");  // the worst of its stakes
  EXPECT_EQ(map[0]["repeats_story"], true);
  EXPECT_EQ(map[1]["workflow"], "orders");
  EXPECT_EQ(map[1]["repeats_story"], false);
  EXPECT_EQ(map[2]["caller"], "payout");
  const std::string table = Cli("ann", {"dependencies"}).out;
  EXPECT_THAT(table,
              AllOf(HasSubstr("gives it up"), HasSubstr("YES"), HasSubstr("perhaps"), HasSubstr("keeps it"),
                    AnyOf(HasSubstr("default/alice, default/bob"), HasSubstr("default/bob, default/alice"))));

  EXPECT_THAT(Cli("ann", {"dependencies", "--account", "alice"}).out,
              AllOf(HasSubstr("auction-17"), HasSubstr("payouts"), Not(HasSubstr("orders"))));
  EXPECT_THAT(Cli("ann", {"dependencies", "--workflow", "orders"}).out,
              AllOf(HasSubstr("carol"), Not(HasSubstr("auction-17"))));
  EXPECT_THAT(Cli("ann", {"dependencies", "--workflow", "auction-18"}).err, HasSubstr("nothing is at stake"));
}

TEST_F(IncidentsLiveTest, TheMapIsRefusedToWhoMayNotSeeItAndForAnAccountThatCannotBe) {
  EXPECT_EQ(Cli("shop", {"dependencies"}).code, ExitCode::kDenied);
  const Ran ran = Cli("ann", {"dependencies", "--account", std::string(kAccountMax + 1, 'x')});
  EXPECT_EQ(ran.code, ExitCode::kUsage);
  EXPECT_THAT(ran.err, HasSubstr("account"));
}

}  // namespace
}  // namespace latchkey::cli
