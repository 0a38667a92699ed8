// Latchkey on a redis-server that runs with both files of deploy/redis: what the engine needs works, and
// nothing else does. Each server asserts at its end that its ACL LOG is empty (tests/support/redis_server.h).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "absl/strings/str_split.h"
#include "adapters/redis/redis_policy_repository.h"
#include "adapters/redis/redis_recording.h"
#include "engine/recording/frames.h"
#include "tests/adapters/redis/store_client.h"
#include "tests/adapters/redis/test_connection.h"
#include "tests/support/deployed_redis.h"
#include "tests/support/fake_clock.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Answer(TestConnection& client, const std::string& command) {
  const absl::StatusOr<Reply> reply = client.Ask(absl::StrSplit(command, ' '));
  return reply.ok() ? reply->text : std::string(reply.status().message());
}

absl::Status Touch(StoreClient& client) {
  return client
      .Update(
          {1, 2}, [](Record& record, TimePoint) { ++record.epoch; }, std::chrono::hours(1))
      .status();
}

TEST(DeployRedisTest, PoliciesAndRecordingsAreKeptUnderTheEnginesUser) {
  DeployedRedis redis;
  StoreClient client(redis.url());
  RedisPolicyRepository policies(client.backend().client(), "test",
                                 PolicyRevision{.number = 1, .text = "seed"});
  EXPECT_EQ(policies.Newest()->text, "seed");
  EXPECT_TRUE(policies.Add(1, PolicyRevision{.text = "next", .author = "ann"}).ok());
  EXPECT_EQ(policies.List()->size(), 2U);

  RecordingQueue queue(1 << 20);
  queue.Add("an event");
  const FakeClock clock;
  {
    const RedisRecording recording({.header = {.environment = "test"}}, client.backend().client(), queue,
                                   clock);
  }
  EXPECT_EQ(queue.counts().kept, 1U);
  RedisSettings reader;
  reader.url = redis.primary().url("latchkey-backtest");
  reader.environment = "test";
  reader.connection = TestConnection::Patient();
  const auto source = RedisRecordingSource::Open(reader);
  ASSERT_TRUE(source.ok()) << source.status();
  std::string bytes(1 << 16, '\0');
  bytes.resize((*source)->Read(bytes.data(), bytes.size()).value_or(0));
  EXPECT_THAT(bytes, HasSubstr("an event"));
}

TEST(DeployRedisTest, ARestartForgetsNothingThatWasWrittenASecondAgo) {
  DeployedRedis redis;
  StoreClient client(redis.url());
  ASSERT_TRUE(Touch(client).ok());
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));  // appendfsync everysec
  redis.primary().Restart();
  absl::StatusOr<ShardRecords> records = client.Read({{1, 2}, {3, 4}});
  for (int i = 0; i < 100 && !records.ok(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    records = client.Read({{1, 2}, {3, 4}});
  }
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_EQ(records->account->epoch, 1U);
}

// What a script writes to several keys is a transaction in the append-only file, and Redis 7.0 asks the
// default user's rights when it reads one again.
TEST(DeployRedisTest, ARestartForgetsNoneOfTheKeysThatOneScriptWrote) {
  DeployedRedis redis;
  {
    TestConnection client(redis.primary().url());
    const auto written = client.Ask({"EVAL",
                                     "redis.call('SET', KEYS[1], 'x') redis.call('HSET', KEYS[2], 'f', 'y') "
                                     "redis.call('PEXPIRE', KEYS[2], 60000) return 'ok'",
                                     "2", "lk:{test:a:1}", "lk:{test:t:1}"});
    ASSERT_TRUE(written.ok()) << written.status();
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));  // appendfsync everysec
  redis.primary().Restart();
  TestConnection client(redis.primary().url());
  EXPECT_EQ(Answer(client, "GET lk:{test:a:1}"), "x");
  EXPECT_EQ(Answer(client, "HGET lk:{test:t:1} f"), "y");
}

TEST(DeployRedisTest, APrimaryWhoseReplicaIsGoneStopsCountingWhatAFailoverWouldThrowAway) {
  DeployedRedis redis;
  StoreClient client(redis.url());
  ASSERT_TRUE(Touch(client).ok());
  redis.replica().Stop();
  absl::Status written;
  for (int i = 0; i < 200 && written.ok(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    written = Touch(client);
  }
  EXPECT_THAT(std::string(written.message()), HasSubstr("NOREPLICAS"));
}

TEST(DeployRedisTest, TheEnginesUserCannotFlushConfigureListOrLeaveItsKeys) {
  RedisServer redis;
  TestConnection client(redis.url());
  for (const std::string command : {"FLUSHALL",
                                    "FLUSHDB",
                                    "SWAPDB 0 1",
                                    "CONFIG GET maxmemory",
                                    "CONFIG SET maxmemory 1",
                                    "CONFIG REWRITE",
                                    "KEYS *",
                                    "SCAN 0",
                                    "RANDOMKEY",
                                    "DBSIZE",
                                    "SHUTDOWN NOSAVE",
                                    "SAVE",
                                    "BGREWRITEAOF",
                                    "ACL LIST",
                                    "ACL SETUSER latchkey +@all",
                                    "MONITOR",
                                    "SCRIPT FLUSH",
                                    "FUNCTION LIST",
                                    "CLIENT LIST",
                                    "CLIENT KILL TYPE normal",
                                    "REPLICAOF NO ONE",
                                    "MODULE LIST",
                                    "DUMP lk:{test:a:1}",
                                    "RENAME lk:{test:a:1} lk:{test:a:2}",
                                    "PERSIST lk:{test:a:1}",
                                    "SUBSCRIBE x",
                                    "PUBLISH x y",
                                    "CLUSTER RESET"}) {
    EXPECT_THAT(Answer(client, command), StartsWith("NOPERM")) << command;
  }
  for (const std::string command :
       {"GET carts:alice", "SET carts:alice x", "DEL lk:carts", "GET lk:test:a:1"}) {
    EXPECT_THAT(Answer(client, command), StartsWith("NOPERM")) << command << ": not a key of the engine";
  }
  // A script can do no more than the user who runs it.
  for (const std::string script : {"return redis.call('FLUSHALL')", "return redis.call('GET','carts:alice')",
                                   "return redis.call('KEYS','*')"}) {
    const absl::StatusOr<Reply> reply = client.Ask({"EVAL", script, "0"});
    ASSERT_TRUE(reply.ok() && reply->IsError()) << script;
    EXPECT_THAT(reply->text, HasSubstr("The user executing the script can")) << script;
  }
  EXPECT_THAT(redis.Command({"ACL", "LOG"}), HasSubstr("flushall")) << "each refusal is told to the operator";
  redis.Command({"ACL", "LOG", "RESET"});
}

TEST(DeployRedisTest, NobodyIsSomebodyWithoutAPassword) {
  RedisServer redis;
  const std::string plain = "redis://127.0.0.1:" + std::to_string(redis.port());
  TestConnection client(plain);
  EXPECT_EQ(client.State(1).why.code(), absl::StatusCode::kPermissionDenied);
  redis.Command({"ACL", "LOG", "RESET"});
}

TEST(DeployRedisDeathTest, AServerWhoseEngineWasRefusedSomethingFailsItsTest) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        RedisServer redis;
        TestConnection client(redis.url());
        (void)Answer(client, "FLUSHALL");
      },
      "latchkey.acl does not allow");
}

}  // namespace
}  // namespace latchkey
