// A store on a Redis of the test's own, with its calls made to wait.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "adapters/redis/redis_backend.h"
#include "tests/adapters/redis/apart_client.h"
#include "tests/adapters/redis/test_connection.h"
#include "tests/support/redis_server.h"

namespace latchkey {

inline constexpr Duration kPatience{5000};

class StoreClient {
 public:
  explicit StoreClient(const std::string& url, int threads = 1, const Clock* clock = nullptr) {
    RedisSettings settings;
    settings.url = url;
    settings.environment = "test";
    settings.threads = threads;
    settings.connection = TestConnection::Patient();
    backend_ = *RedisBackend::Open(settings, nullptr, clock);
    store_ = &backend_->store();
  }
  // A store for which no script may use two keys (apart_client.h).
  static std::unique_ptr<StoreClient> Apart(const std::string& url, const Clock* clock = nullptr) {
    auto client = std::make_unique<StoreClient>(url, /*threads=*/1, clock);
    RedisSettings settings{.url = url, .environment = "test", .connection = TestConnection::Patient()};
    client->apart_ = std::make_unique<ApartClient>(*OpenRedisClient(settings, nullptr));
    client->apart_store_ = std::make_unique<RedisSignalStore>(*client->apart_, *KeyNames::For("test"), clock);
    client->store_ = client->apart_store_.get();
    return client;
  }

  absl::StatusOr<ChargeResult> Charge(const ShardKeys& keys, const ChargeRequest& request) {
    return Await<ChargeResult>([&](auto done) {
      store().Charge(keys, std::make_shared<ChargeRequest>(request), kPatience, std::move(done));
    });
  }
  absl::StatusOr<SettleResult> Settle(const ShardKeys& keys, const SettleRequest& request) {
    return Await<SettleResult>([&](auto done) {
      store().Settle(keys, std::make_shared<SettleRequest>(request), kPatience, std::move(done));
    });
  }
  absl::StatusOr<Record> Update(const Key& account, SignalStore::Change change, Duration keep) {
    return Await<Record>(
        [&](auto done) { store().Update(account, std::move(change), keep, kPatience, std::move(done)); });
  }
  absl::StatusOr<ShardRecords> Read(const ShardKeys& keys) {
    return Await<ShardRecords>([&](auto done) { store().Read(keys, kPatience, std::move(done)); });
  }

  SignalStore& store() { return *store_; }
  // Of the store's own connections.
  [[nodiscard]] uint64_t commands() const {
    return (apart_ == nullptr ? backend_->counts() : apart_->counts()).commands;
  }
  RedisBackend& backend() { return *backend_; }
  ApartClient& apart() { return *apart_; }  // of Apart

 private:
  template <typename Result, typename Call>
  static absl::StatusOr<Result> Await(Call call) {
    auto inbox = std::make_shared<Inbox<absl::StatusOr<Result>>>();
    call([inbox](absl::StatusOr<Result> result) { inbox->Put(std::move(result)); });
    auto results = inbox->Await(1);
    if (results.empty()) return absl::InternalError("never answered");
    return std::move(results[0]);
  }

  std::unique_ptr<RedisBackend> backend_;
  std::unique_ptr<RedisSignalStore> apart_store_;
  std::unique_ptr<ApartClient> apart_;  // First to go: its threads call the store.
  SignalStore* store_ = nullptr;
};

}  // namespace latchkey
