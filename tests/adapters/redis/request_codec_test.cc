#include "adapters/redis/request_codec.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace latchkey {
namespace {

std::vector<CounterAsk> SomeCounters(std::mt19937_64& random) {
  std::vector<CounterAsk> asks(random() % 12);
  for (CounterAsk& ask : asks) {
    ask.signature = static_cast<uint16_t>(random());
    ask.sub = static_cast<uint16_t>(random());
    ask.charged = random() % 2 == 0;
    ask.weight = static_cast<int64_t>(random() % 5);
    ask.member = random();
    ask.horizon = Duration(random() % 1'000'000);
    ask.members_max = random() % 100;
    ask.windows.resize(random() % 6, Duration(random() % 100'000));
    ask.limits.resize(random() % 6, Limit{.above = static_cast<int64_t>(random() % 100)});
  }
  return asks;
}

ChargeRequest SomeCharge(std::mt19937_64& random) {
  ChargeRequest request;
  request.lanes.resize(random() % 5);
  for (LaneAsk& lane : request.lanes) {
    lane.proof_id = random();
    lane.account = SomeCounters(random);
    lane.network = SomeCounters(random);
  }
  request.keep = Duration(random());
  return request;
}

SettleRequest SomeSettlement(std::mt19937_64& random) {
  SettleRequest request;
  request.account.resize(random() % 100);
  for (CounterEffect& effect : request.account)
    effect.windows.resize(random() % 6, Duration(random() % 1000));
  request.network.resize(random() % 3);
  request.device = Remember{.id = random(), .name = std::string(random() % 300, 'n')};
  return request;
}

TEST(RequestCodecTest, MemoryThatIsUsedAgainLeavesNothingBehind) {
  std::mt19937_64 random(1);
  std::string memory;
  for (int i = 0; i < 500; ++i) {
    const ChargeRequest charge = SomeCharge(random);
    EXPECT_EQ(EncodeChargeRequest(charge, memory), EncodeChargeRequest(charge));
    const SettleRequest settlement = SomeSettlement(random);
    EXPECT_EQ(EncodeSettleRequest(settlement, memory), EncodeSettleRequest(settlement));
  }
}

// Whatever is written beyond the room that was asked for ends the process.
TEST(RequestCodecTest, TheWidestRequestHasRoom) {
  ChargeRequest charge;
  charge.tag = UINT16_MAX;
  charge.keep = Duration::max();
  charge.lanes.resize(1);
  for (int i = 0; i < 255; ++i) {
    CounterAsk& ask = charge.lanes[0].account.emplace_back();
    ask.member = UINT64_MAX;
    ask.windows.resize(16, Duration::max());
    ask.limits.resize(16, Limit{.above = INT64_MAX});
  }
  EXPECT_GT(EncodeChargeRequest(charge).size(), 255U * 16 * 45);
  SettleRequest settlement;
  settlement.keep = Duration::max();
  settlement.source = Remember{.id = UINT64_MAX, .name = std::string(300, 'n')};
  settlement.device = settlement.source;
  settlement.account.resize(255);
  for (CounterEffect& effect : settlement.account) effect.windows.resize(255, Duration::max());
  EXPECT_GT(EncodeSettleRequest(settlement).size(), 255U * 255 * 6);
}

}  // namespace
}  // namespace latchkey
