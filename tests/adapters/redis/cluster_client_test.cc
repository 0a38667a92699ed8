// The client on a real Cluster whose slots move, whose nodes die and whose scripts are forgotten.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>

#include "absl/cleanup/cleanup.h"
#include "adapters/redis/hash_slot.h"
#include "adapters/redis/script.h"
#include "tests/adapters/redis/topology_client.h"
#include "tests/support/redis_cluster.h"

namespace latchkey {
namespace {

// A key of this slot's; the number makes it another one.
std::string KeyIn(uint16_t slot, int number) {
  for (int i = 0;; ++i) {
    const std::string tag = std::to_string(i);
    if (HashSlot(tag) == slot) return "k" + std::to_string(number) + "{" + tag + "}";
  }
}

class ClusterClientTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    cluster_ = new RedisCluster({.primaries = 3, .replicas_each = 1, .server = RedisServer::Unlimited()});
  }
  static void TearDownTestSuite() { delete std::exchange(cluster_, nullptr); }

  static RedisCluster& cluster() { return *cluster_; }
  static RedisSettings Settings(int threads = 1) {
    return {.url = cluster_->url(), .environment = "test", .threads = threads};
  }

 private:
  static inline RedisCluster* cluster_ = nullptr;
};

TEST_F(ClusterClientTest, AsksTheServerThatHoldsTheKeyAndSaysWhichThereAre) {
  TopologyClient client(Settings(/*threads=*/2));
  for (int i = 0; i < 50; ++i) {
    const std::string key = "plain" + std::to_string(i);
    const auto reply = client.Ask(key, {"SET", key, "x"});
    ASSERT_TRUE(reply.ok()) << reply.status();
    EXPECT_EQ(reply->text, "OK");
  }
  EXPECT_EQ(cluster().Keys("plain*").size(), 50U);
  ASSERT_TRUE(client.AwaitUp());
  EXPECT_FALSE(client->one_script_spans_keys());
  const std::vector<RedisClient::Shard> shards = client->shards();
  ASSERT_EQ(shards.size(), 3U);
  std::set<std::string> names;
  for (const RedisClient::Shard& shard : shards) {
    EXPECT_TRUE(shard.up) << shard.name;
    names.insert(shard.name);
    const size_t owner = cluster().OwnerOf(HashSlot("lk:{" + shard.tag + "}"));
    EXPECT_EQ(shard.name, "127.0.0.1:" + std::to_string(cluster().node(owner).port()));
  }
  EXPECT_EQ(names.size(), 3U);
}

TEST_F(ClusterClientTest, ASlotThatHasMovedIsFollowedAndAMovingOneIsAskedForOnTheOtherSide) {
  TopologyClient client(Settings());
  constexpr uint16_t kSlot = 100;
  for (int i = 0; i < 4; ++i)
    ASSERT_TRUE(client.Ask(KeyIn(kSlot, i), {"SET", KeyIn(kSlot, i), "before"}).ok());
  const std::string number = std::to_string(kSlot);
  RedisServer& from = cluster().node(0);
  RedisServer& to = cluster().node(1);
  to.Command({"CLUSTER", "SETSLOT", number, "IMPORTING", cluster().id(0)});
  from.Command({"CLUSTER", "SETSLOT", number, "MIGRATING", cluster().id(1)});
  from.Command({"MIGRATE", "127.0.0.1", std::to_string(to.port()), KeyIn(kSlot, 0), "0", "5000"});

  EXPECT_EQ(client.Ask(KeyIn(kSlot, 0), {"GET", KeyIn(kSlot, 0)})->text, "before") << "ASK";
  EXPECT_EQ(client.Ask(KeyIn(kSlot, 1), {"GET", KeyIn(kSlot, 1)})->text, "before") << "not moved yet";
  EXPECT_TRUE(client.Ask(KeyIn(kSlot, 9), {"SET", KeyIn(kSlot, 9), "new"}).ok());
  EXPECT_EQ(to.Command({"CLUSTER", "COUNTKEYSINSLOT", number}), "2") << "a new key begins on the other side";
  const Script script("return redis.call('GET', KEYS[1])");
  auto answer = std::make_shared<std::promise<absl::StatusOr<Reply>>>();
  script.Run(*client, {KeyIn(kSlot, 0)}, {}, Duration(5000),
             [answer](absl::StatusOr<Reply> reply) { answer->set_value(std::move(reply)); });
  EXPECT_EQ(answer->get_future().get()->text, "before") << "NOSCRIPT, then ASK again";
  // Two keys of the slot, one on each side: TRYAGAIN until the time is over.
  const auto both = client.Ask(KeyIn(kSlot, 0), {"MGET", KeyIn(kSlot, 0), KeyIn(kSlot, 1)}, Duration(200));
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_TRUE(both->IsError("TRYAGAIN")) << both->text;

  cluster().MoveSlot(kSlot, 1);
  EXPECT_EQ(client.Ask(KeyIn(kSlot, 0), {"MGET", KeyIn(kSlot, 0), KeyIn(kSlot, 1)})->elements.size(), 2U)
      << "MOVED";
  cluster().AwaitOk();
  cluster().MoveSlot(kSlot, 0);
}

TEST_F(ClusterClientTest, SlotsThatMoveUnderLoadLoseAndDoubleNothing) {
  TopologyClient client(Settings(/*threads=*/2));
  constexpr int kKeys = 40;
  constexpr uint16_t kFirst = 200;
  std::atomic<bool> stop{false};
  std::vector<std::atomic<int>> done(kKeys);
  std::atomic<int> failed{0};
  std::vector<std::thread> callers;
  const absl::Cleanup end = [&] {
    stop = true;
    for (std::thread& caller : callers) {
      if (caller.joinable()) caller.join();
    }
  };
  for (int caller = 0; caller < 3; ++caller) {
    callers.emplace_back([&, caller] {
      for (int i = caller; !stop; ++i) {
        const int which = i % kKeys;
        const std::string key = KeyIn(static_cast<uint16_t>(kFirst + which % 4), which);
        const auto reply = client.Ask(key, {"INCR", key});
        reply.ok() && !reply->IsError() ? ++done[static_cast<size_t>(which)] : ++failed;
      }
    });
  }
  const auto counted = [&done] {
    int sum = 0;
    for (const std::atomic<int>& each : done) sum += each;
    return sum;
  };
  for (int round = 0; round < 3 || counted() < 1'000; ++round) {
    for (uint16_t slot = kFirst; slot < kFirst + 4; ++slot)
      cluster().MoveSlot(slot, static_cast<size_t>(1 + round) % 3, /*batch=*/2);
  }
  stop = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(failed, 0);
  for (int which = 0; which < kKeys; ++which) {
    const std::string key = KeyIn(static_cast<uint16_t>(kFirst + which % 4), which);
    EXPECT_EQ(client.Ask(key, {"GET", key})->text, std::to_string(done[static_cast<size_t>(which)]));
  }
}

TEST_F(ClusterClientTest, FollowsAFailoverAndSaysSo) {
  cluster().AwaitOk();
  TopologyClient client(Settings());
  ASSERT_TRUE(client.AwaitUp());
  const size_t owner = cluster().OwnerOf(HashSlot("{b}"), 1);
  cluster().node(owner).Stop();
  ASSERT_TRUE(client.AwaitUp(false));
  size_t down = 0;
  for (const RedisClient::Shard& shard : client->shards()) down += shard.up ? 0 : 1;
  EXPECT_EQ(down, 1U);
  EXPECT_TRUE(client.Ask("{a}", {"SET", "{a}", "x"}).ok()) << "the other shards go on";
  // Within its own time a command waits for the failover.
  const auto reply = client.Ask("{b}", {"SET", "{b}", "x"}, Duration(10'000));
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->text, "OK");
  EXPECT_TRUE(client.AwaitUp());
  cluster().node(owner).Restart();
  cluster().AwaitOk();
}

TEST_F(ClusterClientTest, AnswersWithinTheCommandsTimeWhileNobodyServesTheSlot) {
  RedisCluster alone({.primaries = 3, .replicas_each = 0, .server = RedisServer::Unlimited()});
  TopologyClient client({.url = alone.url()});
  ASSERT_TRUE(client.AwaitUp());
  alone.node(0).Stop();
  const auto begun = std::chrono::steady_clock::now();
  const auto reply = client.Ask("{b}", {"SET", "{b}", "x"}, Duration(100));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(400));
  EXPECT_FALSE(reply.ok());
  alone.node(0).Restart();
  ASSERT_TRUE(client.AwaitUp());
  EXPECT_TRUE(client.Ask("{b}", {"SET", "{b}", "x"}, Duration(10'000)).ok());
}

TEST(ClusterClientWithoutOneTest, SaysWhatIsWrongWithTheSeeds) {
  RedisServer server{RedisServer::Unlimited()};
  TopologyClient client({.url = "redis+cluster://127.0.0.1:" + std::to_string(server.port())});
  std::string said;
  for (int tries = 0; tries < 500 && said.find("cluster support disabled") == std::string::npos; ++tries) {
    const auto states = client.States(1);
    if (!states.empty()) said = states.back().second;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_NE(said.find("cluster support disabled"), std::string::npos) << said;
  EXPECT_TRUE(client->shards().empty());
  const auto reply = client.Ask("a", {"GET", "a"}, Duration(50));
  EXPECT_EQ(reply.status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace latchkey
