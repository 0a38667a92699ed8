// The service as a process: what it does with its settings, its policy file, its signals and its Redis.
#include "tests/support/latchkeyd.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "latchkey/v1/guard.grpc.pb.h"
#include "latchkey/v1/policy.grpc.pb.h"
#include "tests/support/redis_server.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;

class Client {
 public:
  explicit Client(const std::string& address)
      : channel_(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())),
        guard_(v1::LoginGuardService::NewStub(channel_)),
        policies_(v1::PoliciesService::NewStub(channel_)) {}

  v1::AssessResponse Assess(const std::string& account, const std::string& device_token = "") {
    v1::AssessRequest request;
    request.set_account(account);
    request.set_source("192.0.2.7");
    request.set_device_token(device_token);
    v1::AssessResponse response;
    const grpc::Status status =
        Call([&](grpc::ClientContext& context) { return guard_->Assess(&context, request, &response); });
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  v1::ReportResponse Report(const std::string& token, v1::Outcome outcome) {
    v1::ReportRequest request;
    request.set_attempt_token(token);
    request.set_outcome(outcome);
    v1::ReportResponse response;
    const grpc::Status status =
        Call([&](grpc::ClientContext& context) { return guard_->Report(&context, request, &response); });
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  // With an API key; empty: without.
  grpc::StatusCode TryAssess(const std::string& key) {
    v1::AssessRequest request;
    request.set_account("alice");
    request.set_source("192.0.2.7");
    v1::AssessResponse response;
    const grpc::Status status = Call([&](grpc::ClientContext& context) {
      if (!key.empty()) context.AddMetadata("authorization", "Bearer " + key);
      return guard_->Assess(&context, request, &response);
    });
    return status.error_code();
  }

  v1::Policy PolicyInForce() {
    v1::GetPolicyResponse response;
    const grpc::Status status =
        Call([&](grpc::ClientContext& context) { return policies_->GetPolicy(&context, {}, &response); });
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.policy();
  }

  grpc::Status Apply(const std::string& text, int64_t expected) {
    v1::ApplyPolicyRequest request;
    request.set_text(text);
    request.set_expected_revision(expected);
    request.set_reason("a test");
    v1::ApplyPolicyResponse response;
    return Call(
        [&](grpc::ClientContext& context) { return policies_->ApplyPolicy(&context, request, &response); });
  }

 private:
  template <typename Send>
  static grpc::Status Call(Send send) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    context.set_wait_for_ready(true);
    return send(context);
  }

  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::LoginGuardService::Stub> guard_;
  std::unique_ptr<v1::PoliciesService::Stub> policies_;
};

std::string DefaultPolicy() {
  std::ifstream file(LATCHKEY_SOURCE_DIR "/policies/default.yaml");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string Renamed(const std::string& name) {
  std::string text = DefaultPolicy();
  const size_t at = text.find("name: storefront");
  return text.replace(at, std::string("name: storefront").size(), "name: " + name);
}

void Write(const std::string& path, const std::string& text) {
  std::ofstream(path + ".new") << text;
  std::rename((path + ".new").c_str(), path.c_str());
}

TEST(LatchkeydTest, AnsweredAttemptsSurviveARestart) {
  Latchkeyd daemon;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Client(daemon.address()).Assess("alice").action(), v1::ACTION_ALLOW);
  EXPECT_EQ(Client(daemon.address()).Assess("alice").action(), v1::ACTION_THROTTLE);
  daemon.Restart();
  EXPECT_EQ(Client(daemon.address()).Assess("alice").action(), v1::ACTION_THROTTLE);
  EXPECT_EQ(Client(daemon.address()).Assess("bob").action(), v1::ACTION_ALLOW);
}

TEST(LatchkeydTest, AChangedPolicyFileIsInForceByItselfAndABadOneLeavesTheOld) {
  const std::string path = absl::StrCat(::testing::TempDir(), "latchkeyd-policy-", getpid(), ".yaml");
  Write(path, DefaultPolicy());
  Latchkeyd daemon({"--policy", path});
  Client client(daemon.address());
  EXPECT_EQ(client.PolicyInForce().name(), "storefront");
  Write(path, Renamed("second"));
  EXPECT_TRUE(daemon.AwaitLog("policy in force"));
  EXPECT_EQ(client.PolicyInForce().name(), "second");
  Write(path, "version: 1\nname: third\nrulez: []\n");
  EXPECT_TRUE(daemon.AwaitLog("the old one stays in force"));
  EXPECT_EQ(client.Assess("alice").policy_revision(), 2);
  Write(path, Renamed("fourth"));
  daemon.process().Signal(SIGHUP);
  EXPECT_TRUE(daemon.AwaitLog("\"revision\":\"4\""));
  EXPECT_EQ(client.PolicyInForce().name(), "fourth");
  std::remove(path.c_str());
}

TEST(LatchkeydTest, WhereAFileRulesApplyIsRefused) {
  Latchkeyd daemon;
  const grpc::Status status = Client(daemon.address()).Apply(Renamed("second"), 1);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("policy.source"));
}

TEST(LatchkeydTest, AppliedPoliciesNeedTheExpectedRevisionAndSurviveARestart) {
  Latchkeyd daemon({"--policy-source", "store"});
  EXPECT_TRUE(Client(daemon.address()).Apply(Renamed("second"), 1).ok());
  EXPECT_EQ(Client(daemon.address()).Apply(Renamed("other"), 1).error_code(), grpc::StatusCode::ABORTED);
  const grpc::Status wrong = Client(daemon.address()).Apply("version: 1\nnam: x\n", 2);
  EXPECT_EQ(wrong.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(wrong.error_message(), HasSubstr("2:1: "));
  daemon.Restart();
  EXPECT_EQ(Client(daemon.address()).PolicyInForce().name(), "second");
}

TEST(LatchkeydTest, APolicyAppliedOnOneNodeIsInForceOnAllWithinASecond) {
  RedisServer redis{RedisServer::Options{}};
  Latchkeyd a({"--store", redis.url(), "--policy-source", "store"});
  Latchkeyd b({"--store", redis.url(), "--policy-source", "store"});
  EXPECT_TRUE(Client(a.address()).Apply(Renamed("second"), 1).ok());
  std::this_thread::sleep_for(std::chrono::seconds(1));
  EXPECT_EQ(Client(b.address()).PolicyInForce().name(), "second");
}

TEST(LatchkeydTest, WhenRedisGoesLanesAreAnsweredByTheirPolicyAndSaySo) {
  RedisServer redis{RedisServer::Options{}};
  Latchkeyd daemon({"--store", redis.url()});
  Client client(daemon.address());
  const v1::AssessResponse first = client.Assess("alice");
  EXPECT_FALSE(first.degraded());
  const std::string device = client.Report(first.attempt_token(), v1::OUTCOME_LOGIN_COMPLETE).device_token();
  redis.Stop();
  const v1::AssessResponse on_device = client.Assess("alice", device);
  EXPECT_TRUE(on_device.degraded());
  EXPECT_EQ(on_device.action(), v1::ACTION_ALLOW);
  EXPECT_EQ(on_device.lane(), v1::LANE_DEVICE);
  int admitted = 0;
  for (int i = 0; i < 10; ++i) admitted += client.Assess("bob").action() == v1::ACTION_ALLOW ? 1 : 0;
  EXPECT_LE(admitted, 1);  // a fifth of five
  redis.Restart();
  bool healed = false;
  for (int i = 0; i < 50 && !healed; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    healed = !client.Assess("alice", device).degraded();
  }
  EXPECT_TRUE(healed);
}

// printf %s first-key | sha256sum, and second-key.
constexpr char kFirstKey[] = "9e24b55356ef2a121ab5fd1a3ee8a3c9191e837f3853e399a369e9044ff183f7";
constexpr char kSecondKey[] = "f397f260a275cc4d42e7965c556167bf3f068aed491d35a8f5b38c8c2db96bb0";

TEST(LatchkeydTest, KnownCallersAloneAreAnsweredAndSighupTakesOverChangedOnes) {
  const std::string path = absl::StrCat(::testing::TempDir(), "latchkeyd-callers-", getpid(), ".yaml");
  const auto callers = [](const std::string& digest) {
    return "- { name: shop, sha256: " + digest + ", roles: [reporter] }\n";
  };
  Write(path, callers(kFirstKey));
  Latchkeyd daemon({"--api-keys", path});
  Client client(daemon.address());
  EXPECT_EQ(client.TryAssess(""), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(client.TryAssess("first-key"), grpc::StatusCode::OK);
  EXPECT_EQ(client.TryAssess("second-key"), grpc::StatusCode::UNAUTHENTICATED);
  Write(path, callers(kSecondKey));
  daemon.process().Signal(SIGHUP);
  for (int i = 0; i < 100 && client.TryAssess("first-key") == grpc::StatusCode::OK; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(client.TryAssess("first-key"), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(client.TryAssess("second-key"), grpc::StatusCode::OK);
  Write(path, "- { name: shop }\n");
  daemon.process().Signal(SIGHUP);
  EXPECT_TRUE(daemon.AwaitLog("the old one stays"));
  EXPECT_EQ(client.TryAssess("second-key"), grpc::StatusCode::OK);
  std::remove(path.c_str());
}

TEST(LatchkeydTest, SigtermDrainsAndEndsWell) {
  Latchkeyd daemon;
  daemon.process().Signal(SIGTERM);
  EXPECT_TRUE(daemon.AwaitLog("draining"));
  for (int i = 0; i < 100 && !daemon.process().Ended(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(daemon.process().ExitCode(), 0);
}

// What the address answers to GET /metrics.
std::string Metrics(const std::string& host, uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {}, .sin_zero = {}};
  inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  std::string answer;
  const std::string request = "GET /metrics HTTP/1.0\r\n\r\n";
  if (connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
      write(socket, request.data(), request.size()) == static_cast<ssize_t>(request.size())) {
    std::array<char, 4096> part{};
    for (ssize_t got = 0; (got = read(socket, part.data(), part.size())) > 0;)
      answer.append(part.data(), static_cast<size_t>(got));
  }
  close(socket);
  return answer;
}

TEST(LatchkeydTest, MetricsAreServedWhereTheyAreAskedFor) {
  Latchkeyd daemon({"--metrics-listen", "127.0.0.1:0"});
  Client(daemon.address()).Assess("alice");
  const std::string log = daemon.process().Log();
  const std::string before = R"("serving metrics","address":"127.0.0.1:)";
  const size_t at = log.find(before);
  ASSERT_NE(at, std::string::npos) << log;
  const auto port = static_cast<uint16_t>(std::stoi(log.substr(at + before.size())));
  EXPECT_THAT(Metrics("127.0.0.1", port), HasSubstr("\nlatchkey_decisions_total{"));
}

TEST(LatchkeydTest, ItSaysWhatIsWrongAndDoesNotStart) {
  const Ended exposed = RunLatchkeyd({"--listen", "0.0.0.0:0"});
  EXPECT_EQ(exposed.code, 2);
  EXPECT_THAT(exposed.said, HasSubstr("can be reached from other machines"));
  const Ended no_policy = RunLatchkeyd({"--policy", "/nowhere.yaml"});
  EXPECT_NE(no_policy.code, 0);
  EXPECT_THAT(no_policy.said, HasSubstr("/nowhere.yaml"));
  const Ended no_store = RunLatchkeyd({"--store", "postgres"});
  EXPECT_EQ(no_store.code, 2);
  EXPECT_THAT(no_store.said, HasSubstr("neither memory nor a URL"));
}

TEST(LatchkeydTest, CheckConfigReadsTheFilesOfTlsAndOfTheStore) {
  const std::string policy = LATCHKEY_SOURCE_DIR "/policies/default.yaml";
  EXPECT_EQ(RunLatchkeyd({"--check-config", "--policy", policy}).code, 0);
  const Ended no_password =
      RunLatchkeyd({"--check-config", "--store", "redis://latchkey@r", "--redis-password-file", "/nowhere"});
  EXPECT_EQ(no_password.code, 2);
  EXPECT_THAT(no_password.said, HasSubstr("/nowhere"));
  const Ended no_certificate =
      RunLatchkeyd({"--check-config", "--tls-certificate", "/nowhere", "--tls-private-key", "/nowhere"});
  EXPECT_EQ(no_certificate.code, 2);
  EXPECT_THAT(no_certificate.said, HasSubstr("TLS: certificate /nowhere"));
}

}  // namespace
}  // namespace latchkey
