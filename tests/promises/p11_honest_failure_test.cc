// P11: what happens to promises when the store is gone, comes back, or comes back empty. Real servers that
// are stopped, frozen and flushed; real time, so few and short.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

#include "adapters/redis/hash_slot.h"
#include "adapters/redis/redis_watch.h"
#include "tests/support/redis_cluster.h"
#include "tests/support/redis_server.h"
#include "tests/support/store_node.h"

namespace latchkey {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr int kBudget = 10;  // of strangers, a day
constexpr int kShare = 2;    // of them, on a node without its store

constexpr char kPolicy[] = R"(
version: 1
name: loss
bounds: { 24h: 100 }
lanes:
  device:     { failures: 5, until: success, devices: 6, token_ttl: 90d, on_store_loss: allow }
  recovered:  { failures: 5, until: success, recoveries: [2 per 24h] }
  familiar:   { failures: [4 per 24h], sources: 5, remember: 30d }
  challenged: { failures: [10 per 24h] }
  stranger:   { failures: [10 per 24h] }
local_share: 0.2
)";

class HonestFailureTest : public testing::Test {
 protected:
  std::unique_ptr<StoreNode> Start(Duration clock_ahead = Duration(0)) {
    return std::make_unique<StoreNode>(StoreNodeOptions{
        .store = server_.url(), .policy = kPolicy, .clock_ahead = clock_ahead, .seed = ++seed_});
  }
  static bool Up(const StoreHealth& health) { return health.up; }
  static bool Down(const StoreHealth& health) { return !health.up; }
  static bool Mended(const StoreHealth& health) {
    return health.up && !health.restoring && !health.incidents.empty();
  }

  RedisServer server_;
  uint64_t seed_ = 0;
};

TEST_F(HonestFailureTest, AWipeIsNoticedWithinASecondAndGivesAtMostOneBudgetMore) {
  const auto one = Start();
  const auto other = Start();
  std::string device = one->Confirm("alice").device_token;
  int guesses = 0;
  for (int i = 0; i < 2 * kBudget; ++i) guesses += (i % 2 == 0 ? *one : *other).Guess("alice") ? 1 : 0;
  ASSERT_EQ(guesses, kBudget);
  std::this_thread::sleep_for(milliseconds(1600));  // both have looked at the store since

  server_.FlushAll();
  const auto flushed = steady_clock::now();
  bool noticed = false;
  while (!noticed && steady_clock::now() - flushed < seconds(3)) {
    guesses += one->Guess("alice") ? 1 : 0;
    EXPECT_EQ(other->LogIn("alice", device).verdict.action, Action::kAllow);
    noticed = !one->Health().incidents.empty();
  }
  const auto took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - flushed);
  EXPECT_LE(took.count(), 1000) << "milliseconds until the wipe was noticed";
  ASSERT_EQ(one->Health().incidents.front().kind, StoreIncidentKind::kWiped);
  EXPECT_TRUE(one->Await(seconds(3), Mended));
  EXPECT_TRUE(other->Await(seconds(3), Mended));
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(one->Guess("alice")) << "the refusal is back";
  EXPECT_LE(guesses, 2 * kBudget);
  EXPECT_EQ(one->LogIn("alice", device).verdict.lane, Lane::kDevice);
}

TEST_F(HonestFailureTest, AnEmptyRestartIsSurvivedToo) {
  const auto node = Start();
  std::string device = node->Confirm("alice").device_token;
  int guesses = 0;
  for (int i = 0; i < kBudget; ++i) guesses += node->Guess("alice") ? 1 : 0;
  std::this_thread::sleep_for(milliseconds(1600));

  server_.Stop();
  const Decision answer = node->LogIn("alice", device);
  EXPECT_EQ(answer.verdict.action, Action::kAllow);
  EXPECT_TRUE(answer.degraded);
  for (int i = 0; i < kBudget; ++i) guesses += node->Guess("alice") ? 1 : 0;
  EXPECT_LE(guesses, kBudget + kShare);
  server_.Restart();
  EXPECT_TRUE(node->Await(seconds(10), Mended));
  // Until the node has seen that the store came back empty, and has put back what it knows.
  const auto restarted = steady_clock::now();
  guesses = 0;
  while (node->Guess("alice")) ++guesses;
  EXPECT_LE(guesses, kBudget);
  EXPECT_TRUE(node->Await(seconds(3), Mended));
  EXPECT_LE(steady_clock::now() - restarted, seconds(3));
  for (int i = 0; i < kBudget; ++i) EXPECT_FALSE(node->Guess("alice")) << "refused again";
  EXPECT_EQ(node->LogIn("alice", device).verdict.lane, Lane::kDevice);
}

TEST_F(HonestFailureTest, NobodyWaitsForAStoreThatDoesNotAnswer) {
  const auto node = Start();
  std::string device = node->Confirm("alice").device_token;
  server_.Freeze();
  EXPECT_TRUE(node->Await(seconds(5), Down));
  for (int i = 0; i < 10; ++i) (void)node->LogIn("alice", device);
  std::vector<int64_t> waits;
  for (int i = 0; i < 100; ++i) {
    const auto asked = steady_clock::now();
    const Decision answer = node->LogIn("alice", device);
    waits.push_back(std::chrono::duration_cast<milliseconds>(steady_clock::now() - asked).count());
    EXPECT_EQ(answer.verdict.action, Action::kAllow);
    EXPECT_EQ(answer.verdict.lane, Lane::kDevice);
    EXPECT_TRUE(answer.degraded);
  }
  std::sort(waits.begin(), waits.end());
  EXPECT_LE(waits[waits.size() * 9 / 10], 20) << "nine of ten are answered at once";
  server_.Thaw();
  EXPECT_TRUE(node->Await(seconds(10), Up));
  for (int i = 0; i < 200 && node->LogIn("alice", device).degraded; ++i)
    std::this_thread::sleep_for(milliseconds(10));
  EXPECT_FALSE(node->LogIn("alice", device).degraded);
}

TEST_F(HonestFailureTest, AStoreThatComesAndGoesGivesEachNodeItsShareOnce) {
  std::vector<std::unique_ptr<StoreNode>> nodes;
  for (int i = 0; i < 3; ++i) nodes.push_back(Start());
  int guesses = 0;
  for (int flap = 0; flap < 3; ++flap) {
    server_.Freeze();
    for (auto& node : nodes) {
      EXPECT_TRUE(node->Await(seconds(5), Down));
      for (int i = 0; i < 6; ++i) guesses += node->Guess("alice") ? 1 : 0;
    }
    server_.Thaw();
    for (auto& node : nodes) {
      EXPECT_TRUE(node->Await(seconds(10), Up));
      for (int i = 0; i < 4; ++i) guesses += node->Guess("alice") ? 1 : 0;
    }
  }
  for (auto& node : nodes) {
    EXPECT_TRUE(
        node->Await(seconds(10), [](const StoreHealth& health) { return health.waiting_to_merge == 0; }));
    for (int i = 0; i < kBudget; ++i) guesses += node->Guess("alice") ? 1 : 0;
  }
  const int nodes_now = static_cast<int>(nodes.size());
  EXPECT_LE(guesses, kBudget + nodes_now * kShare);
  EXPECT_GE(guesses, kShare);
}

TEST_F(HonestFailureTest, ARevocationIsKnownOnEveryNodeAndSurvivesAWipe) {
  const auto one = Start();
  const auto other = Start();
  std::string device = one->Confirm("alice").device_token;
  const std::string stolen = device;
  const auto thief_at = [&](StoreNode& node) {
    std::string token = stolen;
    return node.LogIn("alice", token).verdict.lane;
  };
  ASSERT_EQ(other->LogIn("alice", device).verdict.lane, Lane::kDevice);
  ASSERT_TRUE(one->RevokeAll("alice").ok());
  std::this_thread::sleep_for(milliseconds(1300));  // within a second everybody knows
  server_.FlushAll();
  EXPECT_NE(thief_at(*other), Lane::kDevice);
  EXPECT_TRUE(one->Await(seconds(5), Mended));
  std::this_thread::sleep_for(milliseconds(2500));  // what was lost is told again
  const auto late = Start();
  std::this_thread::sleep_for(milliseconds(1000));
  server_.Stop();  // a node that came later knows it by its own disk
  EXPECT_NE(thief_at(*late), Lane::kDevice);
}

TEST_F(HonestFailureTest, ARevocationThatReplicasMustHaveSaysSoWhenTheyHaveNot) {
  RedisServer::Options alone = RedisServer::Unlimited();
  alone.arguments = {"--repl-diskless-sync-delay", "0"};
  RedisServer primary(alone);
  StoreNode node({.store = primary.url(), .policy = kPolicy, .replicas = 1, .seed = 5});
  std::string device = node.Confirm("alice").device_token;
  const absl::StatusOr<Confirmation> revoked = node.RevokeAll("alice");
  ASSERT_FALSE(revoked.ok());
  EXPECT_TRUE(absl::IsUnavailable(revoked.status()));
  EXPECT_NE(revoked.status().message().find("0 of 1 replicas"), absl::string_view::npos) << revoked.status();
  EXPECT_NE(node.LogIn("alice", device).verdict.lane, Lane::kDevice) << "it is revoked all the same";

  RedisServer::Options of_primary = RedisServer::Unlimited();
  of_primary.arguments = {"--replicaof", "127.0.0.1 " + std::to_string(primary.port())};
  RedisServer replica(of_primary);
  for (int i = 0;
       i < 200 && replica.Command({"INFO", "replication"}).find("link_status:up") == std::string::npos; ++i)
    std::this_thread::sleep_for(milliseconds(50));
  absl::Status acknowledged = node.RevokeAll("alice").status();
  for (int i = 0; i < 20 && !acknowledged.ok(); ++i) acknowledged = node.RevokeAll("alice").status();
  EXPECT_TRUE(acknowledged.ok()) << acknowledged;
}

TEST_F(HonestFailureTest, OnAClusterEveryPartIsWatchedAndMended) {
  RedisCluster cluster;
  StoreNode node({.store = cluster.url(), .policy = kPolicy, .seed = 9});
  ASSERT_TRUE(node.Await(seconds(5), Up));
  ASSERT_EQ(node.Health().shards.size(), 3U);
  const std::vector<std::string> accounts = {"alice", "bob", "carol", "dave", "erin", "frank"};
  for (const std::string& account : accounts) {
    for (int i = 0; i < kBudget; ++i) EXPECT_TRUE(node.Guess(account)) << account;
  }
  std::this_thread::sleep_for(milliseconds(1600));
  for (size_t i = 0; i < 3; ++i) cluster.node(i).FlushAll();
  EXPECT_TRUE(node.Await(
      seconds(3), [](const StoreHealth& health) { return health.incidents.size() == 3 && Mended(health); }));
  for (const std::string& account : accounts) EXPECT_FALSE(node.Guess(account)) << account;
}

TEST_F(HonestFailureTest, SlotsThatMoveOnAClusterAreNoFailover) {
  RedisCluster cluster;
  StoreNode one({.store = cluster.url(), .policy = kPolicy, .seed = 10});
  StoreNode other({.store = cluster.url(), .policy = kPolicy, .seed = 10});
  ASSERT_TRUE(one.Await(seconds(5), Up) && other.Await(seconds(5), Up));
  // What the other one remembers of alice is older than what the store knows.
  const Decision decision = other.Assess(AttemptFields{.account = "alice", .source = "203.0.113.7"});
  ASSERT_EQ(decision.verdict.action, Action::kAllow);
  ASSERT_EQ(one.Report(decision, Outcome::kRight).state, SettleResult::State::kSettled);

  const uint16_t stamp = HashSlot(StampKey("test:s:0"));
  const size_t from = cluster.OwnerOf(stamp);
  for (const size_t to : {(from + 1) % 3, from}) {
    cluster.MoveSlot(stamp, to);
    std::this_thread::sleep_for(milliseconds(2200));  // both have looked at the store since
    for (const StoreNode* node : {&one, &other}) {
      const StoreHealth health = node->Health();
      EXPECT_TRUE(health.up);
      EXPECT_TRUE(health.incidents.empty()) << health.incidents.front().text;
    }
    EXPECT_NE(other.Report(decision, Outcome::kRight).state, SettleResult::State::kSettled)
        << "a second time";
  }
}

TEST_F(HonestFailureTest, AnEngineOfAnotherEnvironmentDoesNotStart) {
  const auto node = Start();
  // Its user may do nothing to keys of other environments, as deploy/redis/latchkey.acl has it.
  server_.Command({"ACL", "SETUSER", "latchkey", "resetkeys", "~lk:{test:*", "~lk:{stamp}"});
  const absl::Status foreign =
      StoreNode::TryStart({.store = server_.url(), .policy = kPolicy, .environment = "staging"});
  EXPECT_TRUE(absl::IsFailedPrecondition(foreign));
  EXPECT_NE(foreign.message().find("belongs to environment 'test'"), absl::string_view::npos) << foreign;
}

TEST_F(HonestFailureTest, EnginesWhoseClocksDifferShareOneBudget) {
  const auto ahead = Start(seconds(30));
  const auto behind = Start(-seconds(30));
  EXPECT_TRUE(ahead->Await(seconds(2), Up) && behind->Await(seconds(2), Up));
  std::string device = ahead->Confirm("alice").device_token;
  EXPECT_EQ(behind->LogIn("alice", device).verdict.lane, Lane::kDevice);
  EXPECT_EQ(ahead->LogIn("alice", device).verdict.lane, Lane::kDevice);
  int guesses = 0;
  for (int i = 0; i < kBudget; ++i) {
    guesses += ahead->Guess("alice") ? 1 : 0;
    guesses += behind->Guess("alice") ? 1 : 0;
  }
  EXPECT_EQ(guesses, kBudget);
  for (const auto& [node, skew] : {std::pair(ahead.get(), -30), std::pair(behind.get(), 30)}) {
    const StoreHealth health = node->Health();
    ASSERT_EQ(health.shards.size(), 1U);
    EXPECT_NEAR(static_cast<double>(health.shards[0].skew.count()) / 1000, skew, 0.5);
  }
}

}  // namespace
}  // namespace latchkey
