// How many commands each call is, by the connections' own count and by the server's: on one Redis and on a
// Cluster.
#include <gtest/gtest.h>

#include <charconv>

#include "absl/strings/str_cat.h"
#include "tests/redis-cost/redis_rig.h"
#include "tests/support/redis_cluster.h"

namespace latchkey {
namespace {

// EVALSHA and EVAL that `server` was sent so far; no script can call either.
int64_t ScriptsAskedOf(RedisServer& server) {
  const std::string stats = server.Command({"INFO", "commandstats"});
  int64_t calls = 0;
  for (const std::string_view name : {"cmdstat_evalsha:calls=", "cmdstat_eval:calls="}) {
    const size_t at = stats.find(name);
    if (at == std::string::npos) continue;
    int64_t count = 0;
    std::from_chars(stats.data() + at + name.size(), stats.data() + stats.size(), count);
    calls += count;
  }
  return calls;
}

class CommandsTest : public testing::Test {
 protected:
  // Calls each script once, so that none of them has to be sent as text later.
  static void WarmUp(RedisRig& rig) {
    for (int i = 0; i < 40; ++i) {
      const std::string account = absl::StrCat("warm-", i);
      const Decision decision = rig.engine().Assess(AttemptOn(account, absl::StrCat("198.51.", i, ".7")));
      const std::string token = rig.engine().ReportOutcome(decision, Outcome::kLoginComplete).device_token;
      AttemptFields device = AttemptOn(account, "203.0.113.9");
      device.device_token = token;
      rig.engine().ReportOutcome(rig.engine().Assess(device), Outcome::kWrong);
    }
    rig.Commands();
  }

  // What `call` sends. `servers`: all that may be asked.
  template <typename Call>
  static void ExpectCommands(uint64_t commands, RedisRig& rig, const std::vector<RedisServer*>& servers,
                             Call call) {
    const auto asked = [&] {
      int64_t sum = 0;
      for (RedisServer* server : servers) sum += ScriptsAskedOf(*server);
      return sum;
    };
    rig.Commands();
    const int64_t before = asked();
    call();
    EXPECT_EQ(asked() - before, static_cast<int64_t>(commands));
    EXPECT_EQ(rig.Commands(), commands);
  }

  struct Expected {
    uint64_t stranger = 0;
    uint64_t success = 0;
    uint64_t refusal_by_the_account = 0;
  };

  static void Play(RedisRig& rig, const std::vector<RedisServer*>& servers, const Expected& expected) {
    WarmUp(rig);
    EngineRig& engine = rig.engine();
    Decision decision;
    {
      SCOPED_TRACE("a stranger");
      ExpectCommands(expected.stranger, rig, servers,
                     [&] { decision = engine.Assess(AttemptOn("alice", "192.0.2.7")); });
      EXPECT_EQ(decision.verdict.action, Action::kAllow);
    }
    std::string token;
    {
      SCOPED_TRACE("a success");
      ExpectCommands(expected.success, rig, servers,
                     [&] { token = engine.ReportOutcome(decision, Outcome::kLoginComplete).device_token; });
      EXPECT_FALSE(token.empty());
    }
    AttemptFields device = AttemptOn("alice", "203.0.113.9");
    device.device_token = token;
    for (const bool tagged : {false, true}) {
      SCOPED_TRACE(tagged ? "a device, with a tag" : "a device");
      if (tagged) device.account_tag = uint16_t{77};
      ExpectCommands(1, rig, servers, [&] { decision = engine.Assess(device); });
      EXPECT_EQ(decision.verdict.lane, Lane::kDevice);
      SCOPED_TRACE("and its failure: the charge stands already, but a tag is remembered");
      ExpectCommands(tagged ? 1 : 0, rig, servers, [&] { engine.ReportOutcome(decision, Outcome::kWrong); });
    }
    AttemptFields guess = AttemptOn("bob", "192.0.2.8");
    for (int i = 0; i < 5; ++i) decision = engine.Assess(guess);
    EXPECT_EQ(decision.verdict.action, Action::kAllow);
    {
      SCOPED_TRACE("a refusal");
      ExpectCommands(expected.refusal_by_the_account, rig, servers, [&] { decision = engine.Assess(guess); });
      EXPECT_NE(decision.verdict.action, Action::kAllow);
    }
    SCOPED_TRACE("its repeats");
    ExpectCommands(0, rig, servers, [&] {
      for (int i = 0; i < 20; ++i) EXPECT_NE(engine.Assess(guess).verdict.action, Action::kAllow);
    });
  }
};

TEST_F(CommandsTest, OnOneServerEachCallIsOneCommandAndARepeatedRefusalNone) {
  RedisServer server;
  RedisRig rig(server.url());
  Play(rig, {&server}, {.stranger = 1, .success = 1, .refusal_by_the_account = 1});
}

TEST_F(CommandsTest, OnAClusterAStrangerIsTwo) {
  RedisCluster cluster;
  RedisRig rig(cluster.url());
  std::vector<RedisServer*> servers;
  for (size_t i = 0; i < cluster.size(); ++i) servers.push_back(&cluster.node(i));
  Play(rig, servers, {.stranger = 2, .success = 2, .refusal_by_the_account = 3});
}

}  // namespace
}  // namespace latchkey
