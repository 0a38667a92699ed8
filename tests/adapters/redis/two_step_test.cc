// The two steps as they go to Redis: how many commands, and what is left when a step fails.
#include <gtest/gtest.h>

#include <thread>

#include "tests/adapters/redis/store_client.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const ShardKeys kKeys{.account = {1, 2}, .network = {3, 4}};
const std::string kNetworkName = "lk:{test:n:00000000000000030000000000000004}";
const std::string kAccountName = "lk:{test:a:00000000000000010000000000000002}";

CounterAsk Counter(uint16_t signature, int64_t above) {
  return {.signature = signature,
          .charged = true,
          .limits = {{.above = above, .window = hours(24)}},
          .windows = {hours(24)},
          .horizon = hours(24)};
}

ChargeRequest Stranger(uint64_t reservation, int64_t above = 5) {
  LaneAsk lane{.account = {Counter(1, above)}, .network = {Counter(2, 100)}};
  return {.lanes = {lane}, .reservation_id = reservation, .token_life = minutes(2), .keep = hours(48)};
}

SettleRequest Success(const ChargeResult& charged) {
  const auto give_back = [](uint16_t signature) {
    return CounterEffect{.series = {.signature = signature, .sub = 0}, .horizon = hours(24)};
  };
  SettleRequest request{.reservation_id = charged.reservation_id, .charged_at = charged.records.now};
  request.account = {give_back(1)};
  request.network = {give_back(2)};
  request.token_life = minutes(2);
  request.keep = hours(48);
  return request;
}

class TwoStepTest : public ::testing::Test {
 protected:
  uint64_t Commands() { return client_->commands() - std::exchange(counted_, client_->commands()); }

  RedisServer server_{RedisServer::Unlimited()};
  std::unique_ptr<StoreClient> client_ = StoreClient::Apart(server_.url());
  uint64_t counted_ = 0;
};

TEST_F(TwoStepTest, AStrangerIsTwoCommandsARefusalThreeAndADeviceOne) {
  const auto first = client_->Charge(kKeys, Stranger(1));
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(client_->Settle(kKeys, Success(*first)).ok());  // All scripts are there now.
  Commands();
  const auto charged = client_->Charge(kKeys, Stranger(2, 1));
  EXPECT_EQ(charged->admitted, 0);
  EXPECT_EQ(Commands(), 2U);
  EXPECT_EQ(client_->Charge(kKeys, Stranger(3, 1))->admitted, -1);
  EXPECT_EQ(Commands(), 3U) << "what the network was charged with is given back";
  ChargeRequest device = Stranger(4, 1);
  device.lanes.insert(
      device.lanes.begin(),
      LaneAsk{.lane = Lane::kDevice, .proof_id = 9, .slots_max = 2, .account = {Counter(3, 5)}});
  EXPECT_EQ(client_->Charge(kKeys, device)->admitted, 0);
  EXPECT_EQ(Commands(), 1U);
  ASSERT_TRUE(client_->Settle(kKeys, Success(*charged)).ok());
  EXPECT_EQ(Commands(), 2U);
  ASSERT_TRUE(client_->Settle(kKeys, Success(*charged)).ok());
  EXPECT_EQ(Commands(), 1U) << "nothing is due any more";
  EXPECT_EQ(client_->Read(kKeys)->network, Record());
}

// The server's own clock moves on between the steps; what was charged is found all the same.
TEST_F(TwoStepTest, EveryChargeIsGivenBackByTheServersClock) {
  for (uint64_t i = 1; i <= 40; ++i) {
    const auto charged = client_->Charge(kKeys, Stranger(i));
    ASSERT_TRUE(charged.ok()) << charged.status();
    ASSERT_EQ(charged->admitted, 0) << i;
    if (i % 8 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_TRUE(client_->Settle(kKeys, Success(*charged))->given_back);
  }
  EXPECT_EQ(client_->Read(kKeys)->network, Record());
  EXPECT_EQ(client_->Read(kKeys)->account, Record());
}

TEST_F(TwoStepTest, WithoutTheNetworkNothingIsCharged) {
  server_.Command({"SET", kNetworkName, "no record"});
  EXPECT_EQ(client_->Charge(kKeys, Stranger(1)).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(server_.Command({"EXISTS", kAccountName}), "0");
}

TEST_F(TwoStepTest, AnAccountThatCannotBeReadLeavesTheNetworkOvercounted) {
  server_.Command({"SET", kAccountName, "no record"});
  EXPECT_EQ(client_->Charge(kKeys, Stranger(1)).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(server_.Command({"EXISTS", kNetworkName}), "1");
}

TEST_F(TwoStepTest, AReportStandsThoughTheNetworkIsNotReached) {
  const auto charged = client_->Charge(kKeys, Stranger(1));
  server_.Command({"SET", kNetworkName, "no record"});
  const auto settled = client_->Settle(kKeys, Success(*charged));
  ASSERT_TRUE(settled.ok()) << settled.status();
  EXPECT_TRUE(settled->given_back);
  EXPECT_EQ(client_->Settle(kKeys, Success(*charged))->state, SettleResult::State::kAlready);
}

}  // namespace
}  // namespace latchkey
