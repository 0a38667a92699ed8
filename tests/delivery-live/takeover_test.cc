// Two nodes on one Redis: the one that tells for both is killed in the middle of changes of standings and of
// incidents while the target is away, and a workflow watches over it. Nothing is lost, nothing is overtaken,
// and what comes twice says so.
//
// LATCHKEY_OUTAGE_SECONDS keeps the target away for longer than the test needs.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "adapters/sodium/key_ring_file.h"
#include "latchkey/v1/delivery.grpc.pb.h"
#include "latchkey/v1/guard.grpc.pb.h"
#include "latchkey/v1/incidents.grpc.pb.h"
#include "latchkey/v1/workflow.grpc.pb.h"
#include "tests/delivery-live/hooks.h"
#include "tests/support/holds_within.h"
#include "tests/support/http_receiver.h"
#include "tests/support/latchkeyd.h"
#include "tests/support/redis_server.h"

namespace latchkey {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr char kSecret[] = "a secret of more than 24 bytes";
constexpr char kWorkflow[] = "auction-17";
constexpr int kBidders = 4;

seconds Outage() {
  const char* text = std::getenv("LATCHKEY_OUTAGE_SECONDS");
  return seconds(text == nullptr ? 0 : std::atoi(text));
}

// A target that was away is tried again at last after as long as it was away.
bool Await(const std::function<bool()>& condition) {
  return HoldsWithin(seconds(20) + 2 * Outage(), condition);
}

std::unique_ptr<grpc::ClientContext> Patience() {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + seconds(20) + 2 * Outage());
  context->set_wait_for_ready(true);
  return context;
}

// One node, and what the story asks of it.
class Node {
 public:
  explicit Node(const std::vector<std::string>& flags) : daemon_(flags) { Connect(); }
  void Kill() { daemon_.process().Signal(SIGKILL); }
  void Restart() {
    daemon_.Restart();
    Connect();
  }

  [[nodiscard]] std::shared_ptr<grpc::Channel> channel() const { return channel_; }
  [[nodiscard]] bool tells() { return Delivery().delivering(); }
  v1::TargetStatus target() { return Delivery().targets(0); }

  void RegisterStake(const std::string& account) {
    v1::RegisterStakeRequest stake;
    stake.set_account(account);
    stake.set_workflow(kWorkflow);
    stake.mutable_end_time()->set_seconds(time(nullptr) + 3600);
    v1::RegisterStakeResponse response;
    Expect(v1::WorkflowsService::NewStub(channel_)->RegisterStake(Patience().get(), stake, &response));
  }

  void SetStanding(const std::string& account, int number) {
    v1::SetStandingRequest request;
    request.set_account(account);
    request.set_state(number % 2 == 1 ? v1::STANDING_STATE_COMPROMISED : v1::STANDING_STATE_GOOD);
    request.set_reason(std::to_string(number));
    v1::SetStandingResponse response;
    Expect(v1::WorkflowsService::NewStub(channel_)->SetStanding(Patience().get(), request, &response));
  }

  // Somebody fails on an account until it is an incident, which is acknowledged then.
  void Attack(const std::string& account) {
    const auto guard = v1::LoginGuardService::NewStub(channel_);
    ASSERT_TRUE(Await([&] {
      v1::AssessRequest attempt;
      attempt.set_account(account);
      attempt.set_source("192.0.2.66");
      v1::AssessResponse answer;
      Expect(guard->Assess(Patience().get(), attempt, &answer));
      if (answer.action() == v1::ACTION_ALLOW) {
        v1::ReportRequest report;
        report.set_attempt_token(answer.attempt_token());
        report.set_outcome(v1::OUTCOME_WRONG);
        v1::ReportResponse reported;
        Expect(guard->Report(Patience().get(), report, &reported));
      }
      return !Incidents(account).empty();
    })) << account;
    v1::AcknowledgeIncidentRequest seen;
    seen.set_incident_id(Incidents(account).front().incident_id());
    v1::AcknowledgeIncidentResponse response;
    Expect(v1::IncidentsService::NewStub(channel_)->AcknowledgeIncident(Patience().get(), seen, &response));
  }

  std::vector<v1::Incident> Incidents(const std::string& account = "") {
    v1::ListIncidentsRequest request;
    request.set_account(account);
    v1::ListIncidentsResponse response;
    Expect(v1::IncidentsService::NewStub(channel_)->ListIncidents(Patience().get(), request, &response));
    return {response.incidents().begin(), response.incidents().end()};
  }

 private:
  static void Expect(const grpc::Status& status) { EXPECT_TRUE(status.ok()) << status.error_message(); }
  void Connect() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    channel_ = grpc::CreateCustomChannel(daemon_.address(), grpc::InsecureChannelCredentials(), arguments);
  }
  v1::GetDeliveryStatusResponse Delivery() {
    v1::GetDeliveryStatusResponse response;
    Expect(v1::DeliveryService::NewStub(channel_)->GetDeliveryStatus(Patience().get(), {}, &response));
    return response;
  }

  Latchkeyd daemon_;
  std::shared_ptr<grpc::Channel> channel_;
};

// What a workflow hears of its accounts, on one node after the other.
class Watcher {
 public:
  explicit Watcher(const Node& node) : channel_(node.channel()), thread_([this] { Run(); }) {
    EXPECT_TRUE(Await([this] { return begun_.load(); }));
  }
  ~Watcher() { Stop(); }
  // From now on it asks this node, once its stream has broken.
  void AskNext(const Node& node) {
    const std::lock_guard lock(mutex_);
    channel_ = node.channel();
  }
  // Of each account, the numbers of what it heard.
  std::map<std::string, std::vector<int64_t>> heard() {
    const std::lock_guard lock(mutex_);
    return heard_;
  }
  void Stop() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      if (context_ != nullptr) context_->TryCancel();
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  void Run() {
    std::string cursor;
    while (true) {
      v1::WatchStandingsRequest request;
      request.set_workflow(kWorkflow);
      request.set_cursor(cursor);
      std::unique_ptr<grpc::ClientContext> context = std::make_unique<grpc::ClientContext>();
      std::shared_ptr<grpc::Channel> channel;
      {
        const std::lock_guard lock(mutex_);
        if (ending_) return;
        context_ = context.get();
        channel = channel_;
      }
      const auto stream = v1::WorkflowsService::NewStub(channel)->WatchStandings(context.get(), request);
      v1::WatchStandingsResponse message;
      while (stream->Read(&message)) {
        cursor = message.cursor();
        begun_ = true;
        const std::lock_guard lock(mutex_);
        if (message.has_standing()) heard_[message.standing().account()].push_back(message.sequence());
      }
      const grpc::StatusCode code = stream->Finish().error_code();
      EXPECT_THAT(code, testing::AnyOf(grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::CANCELLED));
      const std::lock_guard lock(mutex_);
      context_ = nullptr;
    }
  }

  std::mutex mutex_;
  std::shared_ptr<grpc::Channel> channel_;
  grpc::ClientContext* context_ = nullptr;
  bool ending_ = false;
  std::map<std::string, std::vector<int64_t>> heard_;
  std::atomic<bool> begun_{false};
  std::thread thread_;
};

class TakeoverTest : public testing::Test {
 protected:
  TakeoverTest() {
    EXPECT_TRUE(CreateKeyRing(File("ring")).ok());
    std::ofstream(File("secret")) << kSecret;
    chmod(File("secret").c_str(), 0600);
    std::ofstream(File("targets.yaml"))
        << "- { name: hook, url: '" << receiver_->url()
        << "', kinds: [standing, incident], show_names: true, secret_files: [" << File("secret") << "] }\n";
    flags_ = {"--store",
              redis_.url(),
              "--key-ring",
              File("ring"),
              "--show-names",
              "--delivery-targets",
              File("targets.yaml"),
              "--delivery-private-networks=127.0.0.0/8",
              "--delivery-allow-http",
              "--delivery-lease=2s"};
  }
  ~TakeoverTest() override {
    for (const char* name : {"ring", "secret", "targets.yaml"}) std::remove(File(name).c_str());
  }

  [[nodiscard]] static std::string File(const std::string& name) {
    return absl::StrCat(testing::TempDir(), "takeover-", getpid(), "-", name);
  }
  std::unique_ptr<HttpReceiver> Receiver(int port) {
    return std::make_unique<HttpReceiver>(
        [this](const ReceivedRequest&) {
          return ReceiverReply{.manner =
                                   hanging_ ? ReceiverReply::Manner::kHang : ReceiverReply::Manner::kProper};
        },
        HttpReceiver::Options{.port = port});
  }
  // What it has got is kept.
  void TargetGoes() {
    for (const ReceivedRequest& request : receiver_->requests()) arrived_.push_back(request);
    port_ = receiver_->port();
    receiver_.reset();
    hanging_ = false;
  }
  void TargetComesBack() { receiver_ = Receiver(port_); }

  // Changes of all bidders' standings in turns.
  void Happen(Node& node, int count) {
    for (int i = 0; i < count; ++i, ++changes_)
      node.SetStanding(absl::StrCat("bidder-", changes_ % kBidders), changes_ / kBidders + 1);
  }

  // The target takes what it is sent and never answers; then `node` is gone, and the target too.
  void KillInTheMiddle(Node& node, Node& other) {
    const size_t before = receiver_->requests().size();
    hanging_ = true;
    Happen(other, 12);
    ASSERT_TRUE(receiver_->Await(before + kBidders));
    node.Kill();
    TargetGoes();
  }

  // Whether the target has heard the end of it: each bidder's last change, each incident that somebody looks
  // at, and how its victim stands.
  [[nodiscard]] bool HeardTheEnd(Node& node) {
    std::set<std::string> heard;
    const auto note = [&heard](const ReceivedRequest& request) {
      const auto data = nlohmann::json::parse(request.body)["data"];
      const auto word = [&data](const char* name) { return data.value(name, std::string()); };
      heard.insert(data.contains("incident_id") ? absl::StrCat(word("incident_id"), " ", word("state"))
                                                : word("account"));
      heard.insert(absl::StrCat(word("account"), " ", word("reason")));
    };
    for (const ReceivedRequest& request : arrived_) note(request);
    for (const ReceivedRequest& request : receiver_->requests()) note(request);
    for (int i = 0; i < std::min(changes_, kBidders); ++i) {
      if (!heard.contains(absl::StrCat("bidder-", i, " ", (changes_ - 1 - i) / kBidders + 1))) return false;
    }
    for (const v1::Incident& incident : node.Incidents()) {
      const std::string& victim = incident.victims(0).name();  // "default/alice"
      if (!heard.contains(victim.substr(victim.find('/') + 1))) return false;
      if (incident.state() == v1::INCIDENT_STATE_ACKNOWLEDGED &&
          !heard.contains(absl::StrCat(incident.incident_id(), " acknowledged")))
        return false;
    }
    return true;
  }

  // Until everything that has happened was told. That nothing waits says so only of what was read already.
  void AwaitTold(Node& node) {
    ASSERT_TRUE(Await([&] { return node.tells() && HeardTheEnd(node) && node.target().waiting() == 0; }))
        << node.target().DebugString();
  }

  const RedisServer redis_;
  std::atomic<bool> hanging_{false};
  std::unique_ptr<HttpReceiver> receiver_ = Receiver(0);
  int port_ = 0;
  std::vector<ReceivedRequest> arrived_;
  std::vector<std::string> flags_;
  int changes_ = 0;
};

TEST_F(TakeoverTest, ANodeIsKilledWhileItsTargetIsAwayAndThenTheOther) {
  Node first(flags_);
  ASSERT_TRUE(Await([&] { return first.tells(); }));
  Node second(flags_);
  EXPECT_FALSE(second.tells()) << "one tells for both";
  std::vector<std::string> accounts;
  for (int i = 0; i < kBidders; ++i) accounts.push_back(absl::StrCat("bidder-", i));
  for (const char* victim : {"alice", "bob", "carol"}) accounts.push_back(victim);
  for (const std::string& account : accounts) first.RegisterStake(account);
  Watcher watcher(first);

  Happen(second, 20);
  second.Attack("alice");
  watcher.AskNext(second);
  KillInTheMiddle(first, second);
  const auto gone = steady_clock::now();
  Happen(second, 20);
  second.Attack("bob");
  ASSERT_TRUE(Await([&] {
    return second.tells() && second.target().failures() >= 3 && steady_clock::now() >= gone + Outage();
  }));
  TargetComesBack();
  Happen(second, 20);
  AwaitTold(second);

  // The first comes back with what its disk has of all this; then the second is killed.
  first.Restart();
  EXPECT_FALSE(first.tells());
  Happen(first, 20);
  watcher.AskNext(first);
  KillInTheMiddle(second, first);
  TargetComesBack();
  Happen(first, 20);
  first.Attack("carol");
  ASSERT_TRUE(Await([&] { return first.tells(); }));
  AwaitTold(first);
  TargetGoes();

  const CheckedHooks told = CheckHooks(arrived_, kSecret);
  EXPECT_GE(told.duplicates.size(), 2U * kBidders) << "each takeover sends again what nobody has answered";
  std::map<std::string, std::vector<int64_t>> standings;
  std::map<std::string, std::string> reasons;
  std::map<std::string, std::vector<std::string>> incidents;
  for (const Hook& hook : told.first) {
    const auto& data = hook.body["data"];
    const auto type = hook.body["type"].get<std::string>();
    if (type == "standing.changed") {
      standings[data["account"]].push_back(hook.sequence);
      if (data.contains("set_by"))
        absl::StrAppend(&reasons[data["account"]], data["reason"].get<std::string>(), " ");
    } else {
      incidents[data["incident_id"]].push_back(absl::StrCat(type, " ", data["state"].get<std::string>()));
    }
  }
  // What people have set: all of it, in order.
  ASSERT_EQ(changes_ % kBidders, 0);
  std::string all;
  for (int number = 1; number <= changes_ / kBidders; ++number) absl::StrAppend(&all, number, " ");
  for (int i = 0; i < kBidders; ++i) EXPECT_EQ(reasons[absl::StrCat("bidder-", i)], all);
  // What the watcher has heard over two nodes and two kills is what the target was told.
  ASSERT_TRUE(Await([&] { return watcher.heard() == standings; }))
      << testing::PrintToString(watcher.heard()) << "\n"
      << testing::PrintToString(standings);
  EXPECT_EQ(standings.size(), accounts.size()) << "victims too";
  // Each incident is opened once, and its last word is what the ledger has.
  const std::vector<v1::Incident> known = first.Incidents();
  EXPECT_EQ(known.size(), incidents.size());
  for (const v1::Incident& incident : known) {
    const std::vector<std::string>& words = incidents[incident.incident_id()];
    ASSERT_FALSE(words.empty()) << incident.DebugString();
    EXPECT_EQ(words.front(), "incident.opened open");
    EXPECT_EQ(std::count(words.begin(), words.end(), words.front()), 1);
    EXPECT_EQ(words.back(), incident.state() == v1::INCIDENT_STATE_ACKNOWLEDGED
                                ? "incident.changed acknowledged"
                                : words.front());
  }
}

}  // namespace
}  // namespace latchkey
