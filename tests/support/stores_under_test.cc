#include "tests/support/stores_under_test.h"

#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "absl/strings/str_cat.h"
#include "adapters/memory/memory_signal_store.h"
#include "adapters/redis/redis_backend.h"
#include "tests/support/redis_cluster.h"
#include "tests/support/redis_sentinel.h"
#include "tests/support/redis_server.h"

namespace latchkey {
namespace {

class MemoryUnderTest final : public StoreUnderTest {
 public:
  explicit MemoryUnderTest(const Clock& clock) : store_(clock, MemoryStoreOptions{}) {}
  SignalStore& store() override { return store_; }
  SoleStore* sole_store() override { return &store_; }

 private:
  MemorySignalStore store_;
};

class RedisUnderTest final : public StoreUnderTest {
 public:
  RedisUnderTest(const std::string& url, const Clock& clock) {
    static int stores = 0;
    RedisSettings settings{.url = url, .environment = absl::StrCat("test-", getpid(), "-", ++stores)};
    // A busy test machine is no reason to answer without the store.
    settings.connection.command_timeout = std::chrono::seconds(30);
    settings.connection.connect_timeout = std::chrono::seconds(5);
    auto backend = RedisBackend::Open(settings, {}, &clock);
    if (!backend.ok()) throw std::runtime_error(std::string(backend.status().message()));
    backend_ = *std::move(backend);
    for (int tries = 0; !backend_->up(); ++tries) {
      if (tries > 10'000) throw std::runtime_error("no connection to the test's redis-server");
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  SignalStore& store() override { return backend_->store(); }

 private:
  std::unique_ptr<RedisBackend> backend_;
};

}  // namespace

std::string StoreKindName(StoreKind kind) {
  if (kind == StoreKind::kCluster) return "Cluster";
  if (kind == StoreKind::kSentinel) return "Sentinel";
  return kind == StoreKind::kMemory ? "Memory" : "Redis";
}

std::unique_ptr<StoreUnderTest> StoreUnderTest::Make(StoreKind kind, const Clock& clock) {
  if (kind == StoreKind::kRedis) {
    static RedisServer server;
    return std::make_unique<RedisUnderTest>(server.url(), clock);
  }
  if (kind == StoreKind::kSentinel) {
    static RedisSentinels sentinels({.replicas = 1});
    return std::make_unique<RedisUnderTest>(sentinels.url(), clock);
  }
  if (kind == StoreKind::kCluster) {
    static RedisCluster cluster;
    return std::make_unique<RedisUnderTest>(cluster.url(), clock);
  }
  return std::make_unique<MemoryUnderTest>(clock);
}

}  // namespace latchkey
