// Which series a full record keeps, in Redis and in the engine.
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "engine/signal/record.h"
#include "tests/adapters/redis/store_client.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// A charge that brings three new series to a record with room for so many, or for fewer.
TEST(LastSeriesTest, RedisGivesTheLastPlacesAsTheEngineDoes) {
  RedisServer server;
  StoreClient client(server.url());
  const auto charge = [](uint16_t first, int counters) {
    ChargeRequest request{.lanes = {{.lane = Lane::kStranger}}, .token_life = minutes(2), .keep = hours(24)};
    request.now = TimePoint(hours(1000));
    for (int i = 0; i < counters; ++i) {
      request.lanes[0].network.push_back({.signature = static_cast<uint16_t>(i + 1),
                                          .sub = first,
                                          .charged = true,
                                          .limits = {{.above = 9, .window = hours(1)}},
                                          .windows = {hours(1)},
                                          .horizon = hours(1)});
    }
    return request;
  };
  for (size_t room = 0; room <= 4; ++room) {
    SCOPED_TRACE(room);
    ShardRecords expected{.now = TimePoint(hours(1000)), .account = {}, .network = {}};
    const auto play = [&](uint16_t place, int counters) {
      // An account of its own for each: what is in flight is no reason to look at a record more closely.
      const auto actual =
          client.Charge({.account = {room, place}, .network = {2, room}}, charge(place, counters));
      ASSERT_TRUE(actual.ok()) << actual.status();
      expected.account = Record();
      expected = ApplyCharge(charge(place, counters), std::move(expected)).records;
      ASSERT_TRUE(actual->records.network == expected.network);
    };
    for (size_t i = 0; i < kSeriesMax - room; ++i) play(static_cast<uint16_t>(i), 1);
    play(1000, 3);
    const auto& series = expected.network->series;
    const auto crowds = std::count_if(series.begin(), series.end(),
                                      [](const Series& s) { return s.id.sub == SeriesId::kOverflowSub; });
    EXPECT_EQ(crowds, room < 3 ? 3 - static_cast<int64_t>(room) : 0);
  }
}

}  // namespace
}  // namespace latchkey
