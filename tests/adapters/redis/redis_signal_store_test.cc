#include "adapters/redis/redis_signal_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/signal/record_codec.h"
#include "tests/adapters/redis/store_client.h"
#include "tests/support/fake_clock.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const ShardKeys kKeys{.account = {1, 2}, .network = {3, 4}};
const std::string kAccountName = "lk:{test:a:00000000000000010000000000000002}";
const std::string kNetworkName = "lk:{test:n:00000000000000030000000000000004}";

CounterAsk Counter(int64_t above) {
  CounterAsk ask;
  ask.signature = 1;
  ask.charged = true;
  Limit limit;
  limit.above = above;
  limit.window = hours(24);
  ask.limits = {limit};
  ask.windows = {hours(24)};
  ask.horizon = hours(24);
  return ask;
}

// A stranger's attempt, with one counter on each shard.
ChargeRequest Attempt(uint64_t reservation_id, int64_t above = 5) {
  LaneAsk lane;
  lane.account = {Counter(above)};
  lane.network = {Counter(1000)};
  ChargeRequest request;
  request.lanes = {lane};
  request.reservation_id = reservation_id;
  request.token_life = minutes(2);
  request.keep = hours(48);
  return request;
}

SettleRequest Success(const ChargeResult& charged) {
  SettleRequest request;
  request.reservation_id = charged.reservation_id;
  request.charged_at = charged.records.now;
  request.lane = Lane::kStranger;
  CounterEffect effect;
  effect.series = {.signature = 1, .sub = 0};
  request.account = {effect};
  request.network = {effect};
  request.token_life = minutes(2);
  request.keep = hours(48);
  return request;
}

class RedisSignalStoreTest : public ::testing::Test {
 protected:
  RedisServer server_;
  StoreClient client_{server_.url()};
};

TEST_F(RedisSignalStoreTest, AdmitsExactlyTheBudgetToManyNodesAtOnce) {
  StoreClient other(server_.url(), /*threads=*/2);
  auto inbox = std::make_shared<Inbox<int>>();
  for (uint64_t i = 0; i < 300; ++i) {
    SignalStore& store = i % 2 == 0 ? client_.store() : other.store();
    store.Charge(
        kKeys, std::make_shared<ChargeRequest>(Attempt(i)), kPatience,
        [inbox](absl::StatusOr<ChargeResult> result) { inbox->Put(result.ok() ? result->admitted : -2); });
  }
  const std::vector<int> admitted = inbox->Await(300);
  EXPECT_EQ(std::count(admitted.begin(), admitted.end(), 0), 5);
  EXPECT_EQ(std::count(admitted.begin(), admitted.end(), -1), 295);
}

TEST_F(RedisSignalStoreTest, IsReachedOverASocketFileToo) {
  StoreClient local("unix://latchkey:test@" + server_.socket_path());
  ASSERT_TRUE(local.Charge(kKeys, Attempt(1)).ok());
  EXPECT_EQ(client_.Read(kKeys)->account->reservations.size(), 1U);
}

TEST_F(RedisSignalStoreTest, SettlesOnceWhoeverReports) {
  StoreClient other(server_.url());
  const auto charged = client_.Charge(kKeys, Attempt(7));
  ASSERT_TRUE(charged.ok()) << charged.status();
  const auto first = other.Settle(kKeys, Success(*charged));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->state, SettleResult::State::kSettled);
  EXPECT_TRUE(first->given_back);
  EXPECT_TRUE(first->records.account->empty());
  EXPECT_EQ(client_.Settle(kKeys, Success(*charged))->state, SettleResult::State::kAlready);
}

TEST_F(RedisSignalStoreTest, NeedsOneCommandForEachCall) {
  ASSERT_TRUE(client_.Charge(kKeys, Attempt(1)).ok());  // Brings the scripts.
  ASSERT_TRUE(client_.Settle(kKeys, Success(*client_.Charge(kKeys, Attempt(2)))).ok());
  const uint64_t before = client_.backend().counts().commands;
  const auto charged = client_.Charge(kKeys, Attempt(3));
  EXPECT_EQ(client_.backend().counts().commands - before, 1U);
  ASSERT_TRUE(client_.Settle(kKeys, Success(*charged)).ok());
  EXPECT_EQ(client_.backend().counts().commands - before, 2U);
}

TEST_F(RedisSignalStoreTest, GivesEveryKeyATimeToLive) {
  ASSERT_TRUE(client_.Charge(kKeys, Attempt(1)).ok());
  ASSERT_TRUE(client_
                  .Update(
                      {5, 6}, [](Record& record, TimePoint) { record.epoch = 1; }, hours(1))
                  .ok());
  EXPECT_EQ(server_.Command({"DBSIZE"}), "3");
  const auto ttl = [this](const std::string& key) { return std::stoll(server_.Command({"PTTL", key})); };
  const auto two_days = Duration(hours(48)).count();
  EXPECT_NEAR(static_cast<double>(ttl(kAccountName)), static_cast<double>(two_days), 60'000);
  EXPECT_NEAR(static_cast<double>(ttl(kNetworkName)), static_cast<double>(two_days), 60'000);
  EXPECT_GT(ttl("lk:{test:a:00000000000000050000000000000006}"), 3'500'000);
}

TEST_F(RedisSignalStoreTest, TakesTheServersClockWhenTheRequestHasNoTime) {
  const auto charged = client_.Charge(kKeys, Attempt(1));
  const auto system = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  EXPECT_LT(std::chrono::abs(charged->records.now - system), minutes(1));
  EXPECT_LT(std::chrono::abs(client_.Read(kKeys)->now - system), minutes(1));

  FakeClock clock;
  StoreClient dreamer(server_.url(), 1, &clock);
  EXPECT_EQ(dreamer.Charge(kKeys, Attempt(2))->records.now, clock.Now());
  EXPECT_EQ(dreamer.Read(kKeys)->now, clock.Now());
}

TEST_F(RedisSignalStoreTest, ReadsWhatWasWritten) {
  EXPECT_TRUE(client_.Read(kKeys)->account->empty());
  const auto charged = client_.Charge(kKeys, Attempt(1));
  const auto read = client_.Read(kKeys);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->account, charged->records.account);
  EXPECT_EQ(read->network, charged->records.network);
}

TEST_F(RedisSignalStoreTest, LosesNoUpdateWhenManyChangeTheSameRecord) {
  StoreClient other(server_.url());
  auto inbox = std::make_shared<Inbox<absl::Status>>();
  const auto next_epoch = [](Record& record, TimePoint) { ++record.epoch; };
  int done = 0;
  for (int round = 0; round < 20; ++round) {
    for (StoreClient* client : {&client_, &other, &client_}) {
      client->store().Update(kKeys.account, next_epoch, hours(1), kPatience,
                             [inbox](absl::StatusOr<Record> record) { inbox->Put(record.status()); });
      ++done;
    }
  }
  int64_t succeeded = 0;
  for (const absl::Status& status : inbox->Await(static_cast<size_t>(done))) {
    EXPECT_TRUE(status.ok() || absl::IsUnavailable(status)) << status;
    if (status.ok()) ++succeeded;
  }
  EXPECT_GT(succeeded, 15);
  EXPECT_EQ(client_.Read(kKeys)->account->epoch, succeeded) << "exactly those that were told so were done";
}

TEST_F(RedisSignalStoreTest, RemovesARecordThatHoldsNothingAnyMore) {
  ASSERT_TRUE(client_
                  .Update(
                      kKeys.account, [](Record& r, TimePoint) { r.epoch = 1; }, hours(1))
                  .ok());
  ASSERT_TRUE(client_
                  .Update(
                      kKeys.account, [](Record& r, TimePoint) { r = Record(); }, hours(1))
                  .ok());
  EXPECT_EQ(server_.Command({"DBSIZE"}), "0");
}

// Three charges within 30 s close the lane for ten minutes, three within 32 s do not.
TEST_F(RedisSignalStoreTest, HoldsALaneOnlyAfterChargesThatFilledTheWindow) {
  const TimePoint start(hours(24 * 365 * 50));
  const auto admitted = [&](const ShardKeys& keys, Duration at) {
    ChargeRequest request = Attempt(static_cast<uint64_t>(at.count()));
    Limit& limit = request.lanes[0].account[0].limits[0];
    limit.above = 3;
    limit.window = std::chrono::seconds(30);
    limit.hold = minutes(10);
    request.now = start + at;
    return client_.Charge(keys, request)->admitted == 0;
  };
  const ShardKeys slow{.account = {5, 5}, .network = {6, 6}};
  for (int64_t at : {0, 15'000, 32'000}) EXPECT_TRUE(admitted(slow, Duration(at)));
  EXPECT_TRUE(admitted(slow, minutes(4)));
  for (int64_t at : {0, 15'000, 29'000}) EXPECT_TRUE(admitted(kKeys, Duration(at)));
  EXPECT_FALSE(admitted(kKeys, minutes(4)));
  EXPECT_FALSE(admitted(kKeys, minutes(10)));
  EXPECT_TRUE(admitted(kKeys, minutes(10) + Duration(29'000)));
}

// A newer release's record, or somebody else's bytes, are refused and left as they are.
TEST_F(RedisSignalStoreTest, NeverOverwritesWhatItCannotRead) {
  const std::string newer("\x92\x02\x00", 3);
  for (const std::string& bytes : {newer, std::string("not a record"), std::string("\x98\x01\x00\x00", 4)}) {
    server_.Command({"SET", kAccountName, bytes});
    const absl::StatusCode expected =
        bytes == newer ? absl::StatusCode::kUnimplemented : absl::StatusCode::kDataLoss;
    EXPECT_EQ(client_.Charge(kKeys, Attempt(1)).status().code(), expected);
    EXPECT_EQ(client_.Settle(kKeys, SettleRequest()).status().code(), expected);
    EXPECT_EQ(client_.Read(kKeys).status().code(), expected);
    EXPECT_EQ(client_
                  .Update(
                      kKeys.account, [](Record& r, TimePoint) { r.epoch = 9; }, hours(1))
                  .status()
                  .code(),
              expected);
    EXPECT_EQ(server_.Command({"GET", kAccountName}), bytes);
  }
}

TEST_F(RedisSignalStoreTest, SaysThatItCouldNotAskWhenTheServerIsGoneAndHealsWithIt) {
  ASSERT_TRUE(client_.Charge(kKeys, Attempt(1)).ok());
  server_.Freeze();
  auto inbox = std::make_shared<Inbox<absl::StatusCode>>();
  client_.store().Charge(
      kKeys, std::make_shared<ChargeRequest>(Attempt(2)), Duration(20),
      [inbox](absl::StatusOr<ChargeResult> result) { inbox->Put(result.status().code()); });
  EXPECT_EQ(inbox->Await(1).at(0), absl::StatusCode::kDeadlineExceeded);
  server_.Stop();
  EXPECT_EQ(client_.Charge(kKeys, Attempt(3)).status().code(), absl::StatusCode::kUnavailable);
  server_.Restart();
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!client_.backend().up() && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
  EXPECT_EQ(client_.Charge(kKeys, Attempt(4))->admitted, 0);
}

}  // namespace
}  // namespace latchkey
