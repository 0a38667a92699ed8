#include "tests/support/deployed_redis.h"

#include "tests/adapters/redis/store_client.h"
#include "tests/contract/signal_store_contract.h"

namespace latchkey {
namespace {

std::shared_ptr<SignalStore> OnDeployedRedis(const Clock& clock) {
  static DeployedRedis deployed;
  const auto client = std::make_shared<StoreClient>(deployed.url(), /*threads=*/2, &clock);
  return {client, &client->store()};
}

INSTANTIATE_TEST_SUITE_P(DeployedRedis, SignalStoreContract,
                         testing::Values(StoreUnderTest{"deployed_redis", OnDeployedRedis}),
                         StoreUnderTest::Name);

}  // namespace
}  // namespace latchkey
