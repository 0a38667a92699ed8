#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "cli/run.h"
#include "latchkey/v1/delivery.grpc.pb.h"
#include "latchkey/v1/guard.grpc.pb.h"
#include "latchkey/v1/workflow.grpc.pb.h"
#include "tests/delivery-live/hooks.h"
#include "tests/support/holds_within.h"
#include "tests/support/http_receiver.h"
#include "tests/support/latchkeyd.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_keys.h"

namespace latchkey {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr char kSecret[] = "a secret of more than 24 bytes";

bool Await(const std::function<bool()>& condition) { return HoldsWithin(seconds(20), condition); }

class DeliveryLiveTest : public testing::Test {
 protected:
  DeliveryLiveTest() { secret_ = Write("secret", kSecret); }

  std::string Write(const std::string& name, const std::string& bytes) {
    std::string path = folder_.File(name);
    ScratchFolder::Write(path, bytes);
    chmod(path.c_str(), 0600);
    return path;
  }

  std::string Hook(const std::string& url) const {
    return absl::StrCat("- { name: hook, url: '", url,
                        "', kinds: [standing], show_names: true, secret_files: [", secret_, "] }\n");
  }

  void Start(const std::string& targets, const std::vector<std::string>& more = {},
             const std::string& networks = "127.0.0.0/8") {
    std::vector<std::string> flags = {"--delivery-targets=" + Write("targets.yaml", targets),
                                      "--delivery-private-networks=" + networks, "--delivery-allow-http"};
    flags.insert(flags.end(), more.begin(), more.end());
    daemon_ = std::make_unique<Latchkeyd>(flags);
    Connect();
  }
  void Connect() { channel_ = grpc::CreateChannel(daemon_->address(), grpc::InsecureChannelCredentials()); }

  // Changes an account's standing, by an operator: compromised and good, in turns.
  void SetStanding(const std::string& account, bool compromised) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + seconds(20));
    context.set_wait_for_ready(true);
    v1::SetStandingRequest request;
    request.set_account(account);
    request.set_state(compromised ? v1::STANDING_STATE_COMPROMISED : v1::STANDING_STATE_GOOD);
    request.set_reason("a test");
    v1::SetStandingResponse response;
    const auto status = v1::WorkflowsService::NewStub(channel_)->SetStanding(&context, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  v1::TargetStatus Status() {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    v1::GetDeliveryStatusResponse response;
    const auto status = v1::DeliveryService::NewStub(channel_)->GetDeliveryStatus(&context, {}, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.targets_size() > 0 ? response.targets(0) : v1::TargetStatus();
  }

  // `latchkey ARGUMENTS`.
  std::string Cli(std::vector<std::string> arguments, cli::ExitCode expected = cli::ExitCode::kOk) {
    arguments.insert(arguments.begin(), {"--server", daemon_->address()});
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    EXPECT_EQ(cli::Run(arguments, {in, out, err}), expected) << err.str();
    return out.str();
  }

  // By account: the sequences of what was told.
  static std::map<std::string, std::vector<int64_t>> Checked(const std::vector<ReceivedRequest>& requests) {
    std::map<std::string, std::vector<int64_t>> sequences;
    for (const latchkey::Hook& hook : CheckHooks(requests, kSecret).first)
      sequences[hook.body["data"]["account"].get<std::string>()].push_back(hook.sequence);
    return sequences;
  }

  ScratchFolder folder_;
  std::string secret_;
  std::unique_ptr<Latchkeyd> daemon_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(DeliveryLiveTest, ATargetThatIsKilledAndComesBackMissesNothing) {
  const auto take = [](const ReceivedRequest&) { return ReceiverReply{}; };
  auto receiver = std::make_unique<HttpReceiver>(take);
  const int port = receiver->port();
  Start(Hook(receiver->url()));
  for (int i = 0; i < 10; ++i) SetStanding(i % 2 == 0 ? "alice" : "bob", i % 4 < 2);
  ASSERT_TRUE(receiver->Await(10));
  std::vector<ReceivedRequest> all = receiver->requests();
  receiver.reset();
  for (int i = 0; i < 10; ++i) SetStanding(i % 2 == 0 ? "alice" : "bob", i % 4 < 2);
  ASSERT_TRUE(Await([this] { return Status().failures() >= 3 && Status().waiting() >= 10; }));
  receiver = std::make_unique<HttpReceiver>(take, HttpReceiver::Options{.port = port});
  ASSERT_TRUE(Await([this] { return Status().waiting() == 0; }));
  for (const ReceivedRequest& request : receiver->requests()) all.push_back(request);
  const auto sequences = Checked(all);
  EXPECT_EQ(sequences.at("alice").size(), 10U);
  EXPECT_EQ(sequences.at("bob").size(), 10U);
}

TEST_F(DeliveryLiveTest, AKilledNodeDeliversWhatWaitedWhenItIsBack) {
  std::atomic<bool> taking{false};
  HttpReceiver receiver(
      [&taking](const ReceivedRequest&) { return ReceiverReply{.status = taking ? 204 : 503}; });
  Start(Hook(receiver.url()));
  constexpr int kChanges = 60;
  for (int i = 0; i < kChanges; ++i) SetStanding(absl::StrCat("account-", i % 6), i % 12 < 6);
  ASSERT_TRUE(Await([this] { return Status().waiting() == kChanges; }));
  const size_t refused = receiver.requests().size();
  taking = true;
  ASSERT_TRUE(Await([&] { return receiver.requests().size() >= refused + 10; }));
  daemon_->process().Signal(SIGKILL);  // in the middle of it
  daemon_->Restart();
  Connect();
  ASSERT_TRUE(Await([this] { return Status().waiting() == 0; }));
  // Those that were answered 503 were not taken.
  std::vector<ReceivedRequest> taken = receiver.requests();
  taken.erase(taken.begin(), taken.begin() + static_cast<std::ptrdiff_t>(refused));
  const auto sequences = Checked(taken);
  ASSERT_EQ(sequences.size(), 6U);
  for (const auto& [account, its] : sequences) EXPECT_EQ(its.size(), 10U) << account;
}

TEST_F(DeliveryLiveTest, NoChangeThatWasAnsweredIsLostToAKill) {
  HttpReceiver receiver([](const ReceivedRequest&) { return ReceiverReply{}; });
  Start(Hook(receiver.url()));
  for (int i = 0; i < 20; ++i) {
    SetStanding(absl::StrCat("account-", i), true);
    if (i % 5 != 4) continue;
    daemon_->process().Signal(SIGKILL);  // before it can have told all, or noted that it has
    daemon_->Restart();
    Connect();
  }
  // Some are told twice.
  EXPECT_TRUE(Await([&] { return Checked(receiver.requests()).size() == 20U; }));
}

TEST_F(DeliveryLiveTest, ADeadLetterIsListedAndSentAgain) {
  std::atomic<int> status{400};
  HttpReceiver receiver([&status](const ReceivedRequest&) { return ReceiverReply{.status = status}; });
  Start(Hook(receiver.url()));
  SetStanding("alice", true);
  ASSERT_TRUE(Await([this] { return Status().dead() == 1; }));
  const json dead = json::parse(Cli({"delivery", "dead", "-o", "json"}));
  EXPECT_EQ(dead["letters"][0]["reason"], "HTTP 400");
  EXPECT_NE(Cli({"delivery", "status"}).find("HTTP 400"), std::string::npos);
  status = 204;
  EXPECT_EQ(Cli({"delivery", "replay", "hook"}), "1 message sent again\n");
  ASSERT_TRUE(Await([this] { return Status().delivered() == 1; }));
  EXPECT_EQ(receiver.requests().back().headers.at("latchkey-replay"), "1");
  EXPECT_EQ(Cli({"delivery", "dead"}), "");
  Cli({"delivery", "replay", "nobody"}, cli::ExitCode::kNotFound);
}

TEST_F(DeliveryLiveTest, ATargetThatIsGoneIsResumedByAReplay) {
  std::atomic<int> status{410};
  HttpReceiver receiver([&status](const ReceivedRequest&) { return ReceiverReply{.status = status}; });
  Start(Hook(receiver.url()));
  Cli({"delivery", "test", "hook"});
  ASSERT_TRUE(Await([this] { return Status().circuit() == v1::TARGET_CIRCUIT_STOPPED; }));
  daemon_->Restart();
  Connect();
  EXPECT_EQ(Status().circuit(), v1::TARGET_CIRCUIT_STOPPED) << "also after a restart";
  status = 200;
  Cli({"delivery", "replay", "hook"});
  ASSERT_TRUE(Await([this] { return Status().delivered() == 1; }));
  EXPECT_EQ(json::parse(receiver.requests().back().body)["type"], "test");
}

TEST_F(DeliveryLiveTest, PushesASignedRiskLevelChangeAndNamesItsKey) {
  HttpReceiver receiver([](const ReceivedRequest&) { return ReceiverReply{.status = 202}; });
  const std::string pem = NewPrivateKey("P-256");
  const std::string key = Write("key.pem", pem);
  Start(absl::StrCat("- { name: idp, format: security_event, url: '", receiver.url(),
                     "', kinds: [standing], show_names: true, subject: iss_sub, key_file: ", key,
                     ", issuer: 'https://me.example', audience: 'https://idp.example' }\n"));
  SetStanding("alice", true);
  ASSERT_TRUE(receiver.Await(1));
  const ReceivedRequest request = receiver.requests()[0];
  EXPECT_EQ(request.headers.at("content-type"), "application/secevent+jwt");
  EXPECT_TRUE(TokenVerifies(request.body, pem));
  const json claims = json::parse(TokenPart(request.body, 1));
  const json event =
      claims["events"]["https://schemas.openid.net/secevent/caep/event-type/risk-level-change"];
  EXPECT_EQ(event["current_level"], "HIGH");
  EXPECT_EQ(event["initiating_entity"], "admin");
  EXPECT_EQ(claims["sub_id"]["sub"], "alice");
  const json keys = json::parse(Cli({"delivery", "jwks", key}));
  EXPECT_EQ(keys["keys"][0]["kid"], json::parse(TokenPart(request.body, 0))["kid"]);
  EXPECT_EQ(json::parse(Cli({"delivery", "metadata", "--issuer", "https://me.example", "--jwks-uri",
                             "https://me.example/jwks"}))["issuer"],
            claims["iss"]);
}

TEST_F(DeliveryLiveTest, SendsToNoPrivateAddressUnlessThatIsAllowed) {
  HttpReceiver receiver([](const ReceivedRequest&) { return ReceiverReply{}; });
  Start(Hook(receiver.url()), {}, "10.0.0.0/8");
  Cli({"delivery", "test", "hook"});
  ASSERT_TRUE(Await([this] { return Status().failures() >= 1; }));
  EXPECT_EQ(Status().last_failure(), "its address is private, and not in delivery.private_networks");
  EXPECT_TRUE(receiver.requests().empty());
}

TEST_F(DeliveryLiveTest, TellsAnOwnerOfAnAttackAndTheSiemOfEveryDecision) {
  HttpReceiver receiver([](const ReceivedRequest&) { return ReceiverReply{}; });
  const std::string lines = folder_.File("siem.log");
  Start(absl::StrCat("- { name: owners, url: '", receiver.url(),
                     "', kinds: [owner_notice], show_names: true, secret_files: [", secret_, "] }\n"),
        {"--attempt-token-life=1s", "--siem-format=ocsf", "--siem-path=" + lines});
  const auto guard = v1::LoginGuardService::NewStub(channel_);
  grpc::ClientContext staking;
  v1::RegisterStakeRequest stake;
  stake.set_account("alice");
  stake.set_workflow("auction-17");
  stake.mutable_end_time()->set_seconds(time(nullptr) + 3600);
  v1::RegisterStakeResponse registered;
  ASSERT_TRUE(v1::WorkflowsService::NewStub(channel_)->RegisterStake(&staking, stake, &registered).ok());
  const auto guess = [&guard] {
    grpc::ClientContext context;
    v1::AssessRequest attempt;
    attempt.set_account("alice");
    attempt.set_source("192.0.2.66");
    v1::AssessResponse answer;
    EXPECT_TRUE(guard->Assess(&context, attempt, &answer).ok());
    return answer.action();
  };
  // Charges that are not reported stand after a second; from then on strangers are refused for good.
  ASSERT_TRUE(Await([&] {
    guess();
    return !receiver.requests().empty();
  }));
  const json body = json::parse(receiver.requests()[0].body);
  EXPECT_EQ(body["type"], "owner.notice");
  EXPECT_EQ(body["data"]["account"], "alice");
  EXPECT_EQ(receiver.requests()[0].body.find("192.0.2.66"), std::string::npos);
  std::string text;
  ASSERT_TRUE(Await([&] {
    std::ifstream file(lines);
    text.assign(std::istreambuf_iterator<char>(file), {});
    return text.find("\"status\":\"Failure\"") != std::string::npos;
  }));
  EXPECT_EQ(text.find("alice"), std::string::npos);
  EXPECT_EQ(json::parse(text.substr(0, text.find('\n')))["class_uid"], 3002);
}

// docs/delivery.md shows receivers how to verify: the recipe is run on a real message.
TEST_F(DeliveryLiveTest, TheRecipeOfTheDocsVerifiesARealMessage) {
  HttpReceiver receiver([](const ReceivedRequest&) { return ReceiverReply{}; });
  Start(Hook(receiver.url()));
  Cli({"delivery", "test", "hook"});
  ASSERT_TRUE(receiver.Await(1));
  const ReceivedRequest request = receiver.requests()[0];
  std::ifstream docs(LATCHKEY_DELIVERY_DOCS);
  std::string text(std::istreambuf_iterator<char>(docs), {});
  const size_t begin = text.find("```python\n");
  ASSERT_NE(begin, std::string::npos);
  const std::string recipe = text.substr(begin + 10, text.find("```", begin + 10) - begin - 10);
  const json headers = request.headers;
  const auto verdict = [&](const std::string& body) {
    const std::string script =
        Write("verify.py", absl::StrCat(recipe, "\nimport json, sys\nheaders = json.loads(r'''",
                                        headers.dump(), "''')\n", "sys.exit(0 if verify(headers, r'''", body,
                                        "'''.encode(), [b'", kSecret, "']) else 3)\n"));
    return std::system(absl::StrCat(LATCHKEY_PYTHON, " ", script).c_str());
  };
  EXPECT_EQ(verdict(request.body), 0);
  EXPECT_EQ(WEXITSTATUS(verdict(request.body + " ")), 3);
}

}  // namespace
}  // namespace latchkey
