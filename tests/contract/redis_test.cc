#include "tests/adapters/redis/store_client.h"
#include "tests/contract/signal_store_contract.h"

namespace latchkey {
namespace {

// One server for all stories (it ends with the program); each has keys of its own.
std::shared_ptr<SignalStore> OnRedis(const Clock& clock) {
  static RedisServer server;
  const auto client = std::make_shared<StoreClient>(server.url(), /*threads=*/2, &clock);
  return {client, &client->store()};
}

INSTANTIATE_TEST_SUITE_P(Redis, SignalStoreContract, testing::Values(StoreUnderTest{"redis", OnRedis}),
                         StoreUnderTest::Name);

}  // namespace
}  // namespace latchkey
