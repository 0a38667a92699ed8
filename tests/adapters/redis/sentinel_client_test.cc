// The client on a real primary with replicas, watched by Sentinels.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tests/adapters/redis/topology_client.h"
#include "tests/support/redis_sentinel.h"

namespace latchkey {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string FileWith(const std::string& text) {
  const std::string path = ::testing::TempDir() + "sentinel-password-" + std::to_string(getpid());
  std::ofstream(path) << text;
  return path;
}

TEST(SentinelClientTest, AsksTheMasterAndFollowsAFailover) {
  RedisSentinels redis({.server = RedisServer::Unlimited()});
  TopologyClient client({.url = redis.url(), .environment = "test", .threads = 2});
  ASSERT_TRUE(client.AwaitUp());
  EXPECT_TRUE(client->one_script_spans_keys());
  ASSERT_EQ(client->shards().size(), 1U);
  EXPECT_EQ(client->shards()[0].name, "127.0.0.1:" + std::to_string(redis.server(0).port()));
  EXPECT_EQ(client.Ask("a", {"SET", "a", "before"})->text, "OK");
  EXPECT_EQ(client.Ask("a", {"WAIT", "2", "5000"})->integer, 2);

  redis.server(0).Stop();
  // Within its own time a command waits for the failover.
  const auto reply = client.Ask("a", {"APPEND", "a", "!"}, Duration(20'000));
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->integer, 7);
  const size_t now = redis.Primary();
  EXPECT_NE(now, 0U);
  EXPECT_TRUE(client.AwaitUp());
  EXPECT_EQ(client->shards()[0].name, "127.0.0.1:" + std::to_string(redis.server(now).port()));
  EXPECT_EQ(redis.server(now).Command({"GET", "a"}), "before!");

  // Two Sentinels down: the third one's word is taken.
  redis.StopSentinel(0);
  redis.StopSentinel(1);
  TopologyClient late({.url = redis.url()});
  EXPECT_EQ(late.Ask("a", {"GET", "a"})->text, "before!");
}

TEST(SentinelClientTest, AMasterThatBecameAReplicaIsLeftWithoutALoss) {
  RedisSentinels redis({.server = RedisServer::Unlimited()});
  TopologyClient client({.url = redis.url()});
  ASSERT_TRUE(client.AwaitUp());
  redis.AskSentinel(0, {"SENTINEL", "FAILOVER", RedisSentinels::kMaster});
  int counted = 0;
  for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
       redis.Primary() == 0 && std::chrono::steady_clock::now() < end;) {
    const auto reply = client.Ask("n", {"INCR", "n"});
    counted += reply.ok() && !reply->IsError() ? 1 : 0;
  }
  ASSERT_NE(redis.Primary(), 0U);
  for (int i = 0; i < 50; ++i) {
    const auto reply = client.Ask("n", {"INCR", "n"}, Duration(10'000));
    EXPECT_TRUE(reply.ok() && !reply->IsError()) << "READONLY is no answer while there is time";
  }
  EXPECT_GT(counted, 0);
}

TEST(SentinelClientTest, TheirPasswordIsAnotherOne) {
  RedisSentinels redis(
      {.replicas = 0,
       .sentinels = 1,
       .server = {.arguments = {"--requirepass", "redis-secret"}, .password = "redis-secret"},
       .sentinel_password = "sentinel-secret"});
  std::string url = redis.url();
  url.insert(url.find("127"), ":redis-secret@");
  const std::string file = FileWith("sentinel-secret\n");
  {
    TopologyClient client({.url = url, .sentinel = {.password_file = file}});
    EXPECT_EQ(client.Ask("a", {"SET", "a", "b"})->text, "OK");
  }
  // As it was before a failure is understood: who was asked, and what he said.
  const auto expect_complaint = [&url](const SentinelSettings& sentinel, const std::string& expected) {
    EXPECT_THAT(ComplaintOf({.url = url, .sentinel = sentinel}, expected),
                AllOf(HasSubstr("Sentinel 127.0.0.1:"), HasSubstr(expected)));
  };
  FileWith("wrong");
  expect_complaint({.password_file = file}, "WRONGPASS");
  expect_complaint({}, "NOAUTH");
  FileWith("sentinel-secret");
  url.replace(url.rfind("main"), 4, "other");
  expect_complaint({.password_file = file}, "watches no master named 'other'");
  unlink(file.c_str());
}

}  // namespace
}  // namespace latchkey
