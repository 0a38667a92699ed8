// A store on a Redis of the test's own, with its calls made to wait.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "adapters/redis/redis_backend.h"
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

  SignalStore& store() { return backend_->store(); }
  RedisBackend& backend() { return *backend_; }

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
};

}  // namespace latchkey
