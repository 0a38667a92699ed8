// The contract where the two shards of an attempt are on different servers, and where Sentinels name the one.
#include <gtest/gtest.h>

#include <thread>

#include "tests/adapters/redis/store_client.h"
#include "tests/contract/signal_store_contract.h"
#include "tests/support/redis_cluster.h"
#include "tests/support/redis_sentinel.h"

namespace latchkey {
namespace {

std::shared_ptr<SignalStore> StoreAt(const std::string& url, const Clock& clock) {
  const auto client = std::make_shared<StoreClient>(url, /*threads=*/2, &clock);
  for (int tries = 0; !client->backend().up() && tries < 10'000; ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return {client, &client->store()};
}

// One for all stories (it ends with the program); each has keys of its own.
std::shared_ptr<SignalStore> OnCluster(const Clock& clock) {
  static RedisCluster cluster;
  return StoreAt(cluster.url(), clock);
}

std::shared_ptr<SignalStore> OnSentinel(const Clock& clock) {
  static RedisSentinels sentinels({.replicas = 1, .sentinels = 1, .server = {}, .sentinel_password = ""});
  return StoreAt(sentinels.url(), clock);
}

INSTANTIATE_TEST_SUITE_P(Cluster, SignalStoreContract, testing::Values(StoreUnderTest{"cluster", OnCluster}),
                         StoreUnderTest::Name);
INSTANTIATE_TEST_SUITE_P(Sentinel, SignalStoreContract,
                         testing::Values(StoreUnderTest{"sentinel", OnSentinel}), StoreUnderTest::Name);

}  // namespace
}  // namespace latchkey
