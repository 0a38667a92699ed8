// All of a node's ties to Redis: event loops, a connection on each, the store upon them. What wiring makes.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/redis/connection.h"
#include "adapters/redis/redis_signal_store.h"

namespace latchkey {

struct RedisSettings {
  std::string url = "redis://127.0.0.1:6379";
  std::string password_file;  // In place of a password in the URL.
  TlsOptions tls;             // Used with rediss:// only.
  std::string environment = "default";
  int threads = 1;  // Event loops, each with one connection.
  ConnectionOptions connection;
};

class RedisBackend {
 public:
  // Called on a loop's thread when a connection comes up or is lost: `up` says whether all are up now.
  using OnState = std::function<void(bool up, const absl::Status& why)>;

  // Refuses settings that cannot work; a server that is not there is no error: it is tried again until it
  // comes. `clock`: see RedisSignalStore.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<RedisBackend>> Open(const RedisSettings& settings,
                                                                          OnState on_state,
                                                                          const Clock* clock = nullptr);

  // Thread-safe.
  [[nodiscard]] SignalStore& store() { return *store_; }
  [[nodiscard]] bool up() const { return down_ == 0; }
  [[nodiscard]] Connection::Counts counts() const;
  // One of the connections, for what is not an attempt's.
  [[nodiscard]] Connection& connection() { return *connections_.front(); }
  // For logs: no password.
  [[nodiscard]] const std::string& display() const { return display_; }

 private:
  RedisBackend() = default;

  OnState on_state_;
  std::string display_;
  std::atomic<int> down_{0};  // Connections that are.
  std::vector<std::unique_ptr<EventLoop>> loops_;
  std::vector<std::unique_ptr<Connection>> connections_;  // Before their loops are gone.
  std::unique_ptr<RedisSignalStore> store_;
};

}  // namespace latchkey
