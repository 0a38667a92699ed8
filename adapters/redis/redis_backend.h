// All of a node's ties to Redis: a client, the store upon it. What wiring makes.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "adapters/redis/redis_client.h"
#include "adapters/redis/redis_signal_store.h"

namespace latchkey {

class RedisBackend {
 public:
  // As OpenRedisClient. `clock` and `memory`: see RedisSignalStore.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<RedisBackend>> Open(const RedisSettings& settings,
                                                                          RedisClient::OnState on_state,
                                                                          const Clock* clock = nullptr,
                                                                          RecordMemory* memory = nullptr);

  // Thread-safe.
  [[nodiscard]] SignalStore& store() { return *store_; }
  [[nodiscard]] bool up() const { return client_->up(); }
  [[nodiscard]] Connection::Counts counts() const { return client_->counts(); }
  // For what is not an attempt's.
  [[nodiscard]] RedisClient& client() { return *client_; }
  // For logs: no password.
  [[nodiscard]] const std::string& display() const { return client_->display(); }

 private:
  RedisBackend() = default;

  std::unique_ptr<RedisSignalStore> store_;
  std::unique_ptr<RedisClient> client_;  // First to go: its threads call the store.
};

// Whether these can work, with the files read that they name, and no server asked: what Open would refuse.
[[nodiscard]] absl::Status CheckRedisSettings(const RedisSettings& settings);

}  // namespace latchkey
