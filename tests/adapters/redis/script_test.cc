#include "adapters/redis/script.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/adapters/redis/test_connection.h"
#include "tests/support/redis_server.h"

namespace latchkey {
namespace {

class ScriptTest : public ::testing::Test {
 protected:
  absl::StatusOr<Reply> Run(const Script& script, const std::vector<std::string>& keys,
                            const std::vector<std::string>& args) {
    auto inbox = std::make_shared<Inbox<absl::StatusOr<Reply>>>();
    script.Run(*client_, keys, args, Duration(5000),
               [inbox](absl::StatusOr<Reply> reply) { inbox->Put(std::move(reply)); });
    return inbox->Await(1).at(0);
  }

  RedisServer server_{RedisServer::Unlimited()};
  bool AwaitUp(bool up) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (client_->up() != up && std::chrono::steady_clock::now() < give_up)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return client_->up() == up;
  }
  std::unique_ptr<RedisClient> client_ =
      *OpenRedisClient({.url = server_.url(), .connection = TestConnection::Patient()}, nullptr);
};

TEST_F(ScriptTest, KnowsItsHashBeforeTheServerDoes) {
  EXPECT_EQ(Script("return 1").sha1(), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
}

TEST_F(ScriptTest, LoadsItselfOnceAndAgainAfterAFlush) {
  const Script script("return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}");
  const auto first = Run(script, {"k"}, {"a"});
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->elements[0].text, "k");
  EXPECT_EQ(first->elements[1].text, "a");
  EXPECT_EQ(first->elements[2].integer, 1);
  EXPECT_EQ(server_.Command({"SCRIPT", "EXISTS", script.sha1()}), "1");

  server_.Command({"SCRIPT", "FLUSH"});
  EXPECT_EQ(Run(script, {"k"}, {"a"})->elements[2].integer, 2) << "executed exactly once";
  EXPECT_EQ(Run(script, {"k"}, {"a"})->elements[2].integer, 3);

  const std::string stats = server_.Command({"INFO", "commandstats"});
  EXPECT_NE(stats.find("cmdstat_eval:calls=2"), std::string::npos) << stats;
  EXPECT_NE(stats.find("cmdstat_evalsha:calls=3"), std::string::npos) << stats;
}

TEST_F(ScriptTest, LoadsItselfAfterARestart) {
  const Script script("return redis.call('INCR', KEYS[1])");
  EXPECT_EQ(Run(script, {"k"}, {})->integer, 1);
  server_.Stop();
  ASSERT_TRUE(AwaitUp(false));
  server_.Restart();
  ASSERT_TRUE(AwaitUp(true));
  EXPECT_EQ(Run(script, {"k"}, {})->integer, 1);
}

TEST_F(ScriptTest, GivesAnErrorOfTheScriptAsAStatus) {
  EXPECT_EQ(Run(Script("return redis.error_reply('READONLY x')"), {"k"}, {}).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(Run(Script("this is not Lua"), {"k"}, {}).status().code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace latchkey
