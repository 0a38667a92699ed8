// The client against a real latchkeyd: what an auth service sees.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/adapters/clients/client_calls.h"
#include "tests/support/latchkeyd.h"
#include "tests/support/test_certificates.h"

namespace latchkey {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// From a network of its own, so that only what is tried on the account counts.
v1::AssessRequest Login(int number) {
  v1::AssessRequest attempt = AttemptOn("account-" + std::to_string(number));
  attempt.set_source("10." + std::to_string(number / 250) + "." + std::to_string(number % 250) + ".1");
  return attempt;
}

TEST(ClientLatchkeydTest, ALoginChargesSettlesAndKeepsADevice) {
  const Latchkeyd server;
  const auto client = MakeClient({.server = server.address()});
  const auto stranger = client->AssessBlocking(AttemptOn("alice"), kPatiently);
  ASSERT_TRUE(stranger.ok());
  EXPECT_EQ(stranger->action(), v1::ACTION_ALLOW);
  EXPECT_EQ(stranger->lane(), v1::LANE_STRANGER);
  EXPECT_FALSE(IsLocal(*stranger));
  const auto kept =
      client->ReportBlocking(ReportOf(stranger->attempt_token(), v1::OUTCOME_LOGIN_COMPLETE), kPatiently);
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(kept->settlement(), v1::ReportResponse::SETTLEMENT_SETTLED);
  EXPECT_EQ(
      client->ReportBlocking(ReportOf(stranger->attempt_token(), v1::OUTCOME_LOGIN_COMPLETE), kPatiently)
          ->settlement(),
      v1::ReportResponse::SETTLEMENT_ALREADY_SETTLED);

  v1::AssessRequest known = AttemptOn("alice");
  known.set_device_token(kept->device_token());
  EXPECT_EQ(client->AssessBlocking(known, kPatiently)->lane(), v1::LANE_DEVICE);
}

TEST(ClientLatchkeydTest, MistakesNameTheirField) {
  const Latchkeyd server;
  const auto client = MakeClient({.server = server.address(), .fail_mode = FailMode::kAllow});
  v1::AssessRequest attempt = AttemptOn("alice");
  attempt.set_source("nowhere");
  const auto answer = client->AssessBlocking(attempt, kPatiently);
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(answer.status().message()), testing::StartsWith("source: "));
  EXPECT_EQ(client->ReportBlocking(ReportOf("no token", v1::OUTCOME_WRONG), kPatiently).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(ClientLatchkeydTest, AThousandConcurrentAttemptsGetExactlyTheBudgetInFewFrames) {
  const Latchkeyd server;
  const auto client = MakeClient({.server = server.address()});
  ASSERT_TRUE(Eventually([&] { return client->counts().connected; }));
  std::atomic<int> admitted{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&] {
      std::vector<std::future<absl::StatusOr<v1::AssessResponse>>> calls;
      for (int i = 0; i < 125; ++i) calls.push_back(client->AssessFuture(AttemptOn("victim"), kPatiently));
      for (auto& call : calls) {
        const auto answer = call.get();
        ASSERT_TRUE(answer.ok());
        ASSERT_FALSE(IsLocal(*answer));
        admitted += answer->action() == v1::ACTION_ALLOW ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(admitted, 5) << "policies/default.yaml: five wrong passwords in a quarter of an hour";
  EXPECT_EQ(client->counts().items, 1000U);
  EXPECT_LT(client->counts().frames, 500U);
}

TEST(ClientLatchkeydTest, ManyCoroutinesAtOnce) {
  const Latchkeyd server;
  const auto client = MakeClient({.server = server.address()});
  std::atomic<int> settled{0};
  constexpr int kLogins = 500;
  for (int i = 0; i < kLogins; ++i) {
    [](Client& asked, int login, std::atomic<int>& done) -> Detached {
      const auto answer = co_await asked.Assess(Login(login), kPatiently);
      EXPECT_TRUE(answer.ok() && answer->action() == v1::ACTION_ALLOW);
      const auto report =
          co_await asked.Report(ReportOf(answer->attempt_token(), v1::OUTCOME_WRONG), kPatiently);
      EXPECT_TRUE(report.ok());
      ++done;
    }(*client, i, settled);
  }
  EXPECT_TRUE(Eventually([&] { return settled == kLogins; }));
  EXPECT_EQ(client->counts().items, 2U * kLogins);
}

TEST(ClientLatchkeydTest, ARestartLosesNoReportAndNoAttemptThatHasARequestId) {
  const std::string folder = testing::TempDir();
  const std::string address = "unix:" + folder + "client-" + std::to_string(getpid());
  Latchkeyd server({"--listen", address});
  const auto client =
      MakeClient({.server = address, .make_request_ids = true, .rest_max = milliseconds(200)});
  std::atomic<bool> over{false};
  std::atomic<int> logins{0};
  std::atomic<int> local{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; !over; ++i) {
        const auto answer = client->AssessBlocking(Login(thread * 10'000 + i % 10'000), kPatiently);
        if (!answer.ok() || IsLocal(*answer)) {
          ++local;
          continue;
        }
        ASSERT_EQ(answer->action(), v1::ACTION_ALLOW);
        const auto report =
            client->ReportBlocking(ReportOf(answer->attempt_token(), v1::OUTCOME_RIGHT), kPatiently);
        EXPECT_TRUE(report.ok()) << report.status();
        ++logins;
      }
    });
  }
  for (int restart = 0; restart < 2; ++restart) {
    const int before = logins;
    ASSERT_TRUE(Eventually([&] { return logins > before + 50; }));
    server.Restart();
  }
  const int before = logins;
  EXPECT_TRUE(Eventually([&] { return logins > before + 50; }));
  over = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(local, 0);
  EXPECT_GE(client->counts().streams_lost, 2U);
}

class SecuredTest : public testing::Test {
 protected:
  SecuredTest() : folder_(testing::TempDir() + "client-secured-" + std::to_string(getpid())) {
    Write(".callers",
          "- name: shop-auth\n"
          "  sha256: 5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8\n"
          "  roles: [reporter]\n");
    Write(".key", "password\n");  // of that digest
    Write(".wrong", "guess\n");
    server_ = std::make_unique<Latchkeyd>(
        std::vector<std::string>{"--tls-certificate", certificates_.cert_file(), "--tls-private-key",
                                 certificates_.key_file(), "--api-keys", folder_ + ".callers"});
  }
  ~SecuredTest() override {
    for (const char* file : {".callers", ".key", ".wrong"}) std::remove((folder_ + file).c_str());
  }
  void Write(const std::string& suffix, const std::string& text) { std::ofstream(folder_ + suffix) << text; }

  const TestCertificates certificates_;
  const std::string folder_;
  std::unique_ptr<Latchkeyd> server_;
};

TEST_F(SecuredTest, TlsAndAnApiKeyOpenIt) {
  const auto client = MakeClient(
      {.server = server_->address(), .tls_ca = certificates_.ca_file(), .api_key_file = folder_ + ".key"});
  EXPECT_EQ(client->AssessBlocking(AttemptOn("alice"), kPatiently)->action(), v1::ACTION_ALLOW);
}

TEST_F(SecuredTest, AWrongKeyIsSaidAndMendedWithoutARestart) {
  const auto client = MakeClient({.server = server_->address(),
                                  .tls_ca = certificates_.ca_file(),
                                  .api_key_file = folder_ + ".wrong",
                                  .fail_mode = FailMode::kFail,
                                  .rest_max = milliseconds(200)});
  ASSERT_TRUE(Eventually([&] { return client->counts().streams_lost > 0; }));
  EXPECT_EQ(client->counts().last_failure.code(), absl::StatusCode::kUnauthenticated);
  Write(".wrong", "password\n");
  EXPECT_EQ(client->AssessBlocking(AttemptOn("alice"), kPatiently)->action(), v1::ACTION_ALLOW);
}

TEST_F(SecuredTest, AServerWithAnotherAuthorityIsNotTold) {
  const TestCertificates others;
  const auto client = MakeClient({.server = server_->address(),
                                  .tls_ca = others.ca_file(),
                                  .api_key_file = folder_ + ".key",
                                  .fail_mode = FailMode::kFail});
  ASSERT_TRUE(Eventually([&] { return client->counts().streams_lost > 0; }));
  EXPECT_EQ(client->AssessBlocking(AttemptOn("alice"), {.timeout = milliseconds(100)}).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(SecuredTest, AKeyDoesNotTravelBareToAnotherMachine) {
  const ClientOptions bare{.server = "latchkey.example:7450", .api_key_file = folder_ + ".key"};
  EXPECT_EQ(Client::Create(bare).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace latchkey
