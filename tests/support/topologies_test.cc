// The clusters and Sentinels that other tests rely on come up, move slots and fail over.
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/redis_cluster.h"
#include "tests/support/redis_sentinel.h"

namespace latchkey {
namespace {

TEST(RedisClusterTest, ServesAllSlotsMovesThemAndFailsOver) {
  RedisCluster cluster({.primaries = 3, .replicas_each = 1, .server = {}});
  // The slot of "{b}" is 3300, of "{a}" 15495.
  EXPECT_EQ(cluster.OwnerOf(3300), 0U);
  EXPECT_EQ(cluster.OwnerOf(15495), 2U);
  for (int i = 0; i < 25; ++i) cluster.node(0).Command({"SET", "{b}" + std::to_string(i), "x"});
  cluster.MoveSlot(3300, 2);
  cluster.AwaitOk();
  EXPECT_EQ(cluster.OwnerOf(3300), 2U);
  EXPECT_EQ(cluster.node(2).Command({"CLUSTER", "COUNTKEYSINSLOT", "3300"}), "25");
  EXPECT_EQ(cluster.Keys("{b}*").size(), 25U);
  cluster.node(0).Stop();
  for (int tries = 0; cluster.OwnerOf(0, 1) == 0 && tries < 300; ++tries) usleep(50'000);
  EXPECT_EQ(cluster.OwnerOf(0, 1), 3U) << "its replica";
}

TEST(RedisSentinelsTest, FailOver) {
  RedisSentinels sentinels;
  EXPECT_EQ(sentinels.Primary(), 0U);
  sentinels.server(0).Stop();
  const size_t now = sentinels.AwaitFailover(0);
  EXPECT_NE(now, 0U);
  EXPECT_EQ(sentinels.server(now).Command({"SET", "a", "b"}), "OK");
}

}  // namespace
}  // namespace latchkey
