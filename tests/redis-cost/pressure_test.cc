// A Redis that is slower than its callers: what waits for it is bounded, and who finds no place is answered
// by the policy, at once.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/redis-cost/redis_rig.h"

namespace latchkey {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

ChargeRequest Stranger(uint64_t reservation) {
  const CounterAsk counter{.signature = 1,
                           .charged = true,
                           .limits = {{.above = 1'000'000, .window = seconds(60)}},
                           .windows = {seconds(60)},
                           .horizon = seconds(60)};
  return {.lanes = {LaneAsk{.account = {counter}}},
          .reservation_id = reservation,
          .token_life = seconds(120),
          .keep = seconds(600)};
}

TEST(PressureTest, WhatWaitsForARedisThatPausesIsBoundedAndTheRestHearsSoAtOnce) {
  constexpr int kOpenMax = 32;
  constexpr int kCalls = 400;
  RedisServer server(RedisServer::Unlimited());
  RedisSettings settings{.url = server.url(), .environment = "test"};
  settings.connection = TestConnection::Patient();
  settings.connection.open_max = kOpenMax;
  const auto backend = *RedisBackend::Open(settings, nullptr);
  while (!backend->up()) std::this_thread::yield();

  server.Command({"CLIENT", "PAUSE", "60000", "ALL"});  // Connections stay, nobody is answered.
  std::atomic<int> refused = 0;
  std::atomic<int> answered = 0;
  const auto begun = std::chrono::steady_clock::now();
  for (uint64_t i = 0; i < kCalls; ++i) {
    backend->store().Charge(
        {.account = {i, i}, .network = {7, 7}}, std::make_shared<ChargeRequest>(Stranger(i)),
        milliseconds(1500), [&](const absl::StatusOr<ChargeResult>& result) {
          refused += result.status().code() == absl::StatusCode::kResourceExhausted ? 1 : 0;
          ++answered;
        });
  }
  while (refused < kCalls - kOpenMax) std::this_thread::yield();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, milliseconds(1500))
      << "before the first deadline was over";
  while (answered < kCalls) std::this_thread::yield();
  EXPECT_EQ(refused, kCalls - kOpenMax);
  EXPECT_LE(backend->counts().commands, static_cast<uint64_t>(kOpenMax)) << "no more were ever written";
}

// What is asked for while the loop is busy leaves in one turn of it.
TEST(PressureTest, ABurstLeavesInFewWritesOverOneConnection) {
  constexpr uint64_t kCalls = 600;
  RedisServer server;
  StoreClient client(server.url());
  ASSERT_TRUE(client.Charge({.account = {1, 1}, .network = {7, 7}}, Stranger(1)).ok());
  std::promise<void> all_asked;
  std::future<void> busy_until = all_asked.get_future();
  std::promise<void> busy;
  client.store().Charge({.account = {1, 1}, .network = {7, 7}}, std::make_shared<ChargeRequest>(Stranger(2)),
                        kPatience,
                        [&](const absl::StatusOr<ChargeResult>&) {  // On the loop's thread.
                          busy.set_value();
                          busy_until.wait();
                        });
  busy.get_future().wait();
  const Connection::Counts before = client.backend().counts();
  auto inbox = std::make_shared<Inbox<int>>();
  for (uint64_t i = 0; i < kCalls; ++i) {
    client.store().Charge(
        {.account = {i, i}, .network = {7, 7}}, std::make_shared<ChargeRequest>(Stranger(i)), kPatience,
        [inbox](const absl::StatusOr<ChargeResult>& result) { inbox->Put(result.ok() ? 1 : 0); });
  }
  all_asked.set_value();
  EXPECT_EQ(inbox->Await(kCalls), std::vector<int>(kCalls, 1));
  const Connection::Counts after = client.backend().counts();
  EXPECT_EQ(after.commands - before.commands, kCalls);
  EXPECT_LE(after.writes - before.writes, 20U);
  EXPECT_EQ(after.connects, 1U);
}

}  // namespace
}  // namespace latchkey
