#include "adapters/redis/redis_stats_exchange.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "engine/stats/cluster_stats.h"
#include "tests/adapters/redis/test_connection.h"
#include "tests/support/redis_server.h"

namespace latchkey {
namespace {

constexpr TimePoint kNow{std::chrono::hours(24 * 365 * 50)};

class RedisStatsExchangeTest : public ::testing::Test {
 protected:
  static std::unique_ptr<RedisClient> Client(const std::string& url) {
    auto client = *OpenRedisClient(
        {.url = url, .environment = "test", .connection = TestConnection::Patient()}, nullptr);
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!client->up() && std::chrono::steady_clock::now() < give_up)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return client;
  }

  RedisServer server_;  // under the engine's least rights
  std::unique_ptr<RedisClient> client_ = Client(server_.url());
  bool ours_ = true;
  RedisStatsExchange exchange_{*client_, "test", [this] { return ours_; }};
};

TEST_F(RedisStatsExchangeTest, ANodeReadsTheLinesOfAllOthersAndOfEachTheLatest) {
  ASSERT_TRUE(exchange_.Swap(StatsBoard::kCounts, "one", "old").ok());
  ASSERT_TRUE(exchange_.Swap(StatsBoard::kCounts, "one", std::string("new:\0\xff", 6)).ok());
  ASSERT_TRUE(exchange_.Swap(StatsBoard::kLists, "one", "a list").ok());
  const auto lines = exchange_.Swap(StatsBoard::kCounts, "two", "");
  ASSERT_TRUE(lines.ok()) << lines.status();
  ASSERT_EQ(lines->size(), 1U);
  EXPECT_EQ(lines->at(0).node, "one");
  EXPECT_EQ(lines->at(0).text, std::string("new:\0\xff", 6));
  EXPECT_EQ(exchange_.Swap(StatsBoard::kLists, "two", "")->at(0).text, "a list");
  EXPECT_TRUE(exchange_.Swap(StatsBoard::kSightings, "two", "")->empty()) << "a board of its own";
}

TEST_F(RedisStatsExchangeTest, ALineThatIsNotRenewedEndsAndSoDoTheBoards) {
  ASSERT_TRUE(exchange_.Swap(StatsBoard::kCounts, "gone", "1").ok());
  // As it would be after so long: the time of writing is in front of the text.
  server_.Command({"HSET", "lk:{test:t:counts}", "gone", "1000:1"});
  server_.Command({"HSET", "lk:{test:t:counts}", "broken", "no time"});
  EXPECT_TRUE(exchange_.Swap(StatsBoard::kCounts, "two", "")->empty());
  EXPECT_EQ(server_.Command({"HKEYS", "lk:{test:t:counts}"}), "two");
  const int64_t left = std::stoll(server_.Command({"PTTL", "lk:{test:t:counts}"}));
  EXPECT_GT(left, 0);
  EXPECT_LE(left, StatsExchange::kLive.count());
}

TEST_F(RedisStatsExchangeTest, AFloodOfNodesIsReadUpToABound) {
  for (size_t i = 0; i < StatsExchange::kNodesMax + 20; ++i)
    ASSERT_TRUE(exchange_.Swap(StatsBoard::kCounts, "node-" + std::to_string(i), "x").ok());
  EXPECT_EQ(exchange_.Swap(StatsBoard::kCounts, "me", "")->size(), StatsExchange::kNodesMax);
}

TEST_F(RedisStatsExchangeTest, AStoreThatIsNotKnownToBeOursIsNotTouched) {
  ours_ = false;
  EXPECT_TRUE(absl::IsUnavailable(exchange_.Swap(StatsBoard::kCounts, "one", "x").status()));
  EXPECT_EQ(server_.Command({"DBSIZE"}), "0");
}

TEST_F(RedisStatsExchangeTest, TwoNodesSeeEachOthersDecisions) {
  const std::unique_ptr<RedisClient> other = Client(server_.url());
  RedisStatsExchange theirs(*other, "test", [] { return true; });
  DecisionStats one({});
  DecisionStats two({});
  ClusterStats mine(one, &exchange_, "one");
  ClusterStats yours(two, &theirs, "two");
  ASSERT_TRUE(mine.Exchange(kNow).ok());
  ASSERT_TRUE(yours.Exchange(kNow).ok());
  one.AddDecision({.decision_id = 1,
                   .at = kNow,
                   .action = Action::kLockout,
                   .until = kNow + std::chrono::hours(1),
                   .rule = "stranger-guesses",
                   .tenant = "shop",
                   .path = "web",
                   .account = {0xFFFF'FFFF'FFFF'FFFFULL, 1},
                   .network = {0x8000'0000'0000'0000ULL, 0}});
  const TimePoint later = kNow + std::chrono::seconds(6);
  ASSERT_TRUE(mine.Exchange(later).ok());
  ASSERT_TRUE(yours.Exchange(later).ok());
  EXPECT_EQ(two.Sum(TimeBuckets::kResolutions[1], kNow, later + Duration(1)).Refused(), 1);
  const auto top = yours.TopOf(TopKind::kAccount, later);
  EXPECT_EQ(top.nodes, 2);
  ASSERT_EQ(top.list.entries.size(), 1U);
  EXPECT_EQ(top.list.entries[0].key, (Key{0xFFFF'FFFF'FFFF'FFFFULL, 1}));
  EXPECT_EQ(yours.RefusalsAt(later).list.at(0).rule, "stranger-guesses");
}

}  // namespace
}  // namespace latchkey
