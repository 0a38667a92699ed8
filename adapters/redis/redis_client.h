// How the store, the policy repository and the recording talk to Redis, whatever its topology: each command
// goes to the server that holds its key.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/redis/connection.h"
#include "adapters/redis/tls.h"

namespace latchkey {

// How to reach the Sentinels of a redis+sentinel:// URL.
struct SentinelSettings {
  std::string user;           // Empty: their default user.
  std::string password_file;  // Empty: no AUTH is sent.
  std::optional<bool> tls;    // Nothing: as the URL says for the servers.
};

struct RedisSettings {
  std::string url = "redis://127.0.0.1:6379";
  std::string password_file;  // In place of a password in the URL.
  TlsOptions tls;             // Used with rediss only.
  SentinelSettings sentinel;
  std::string environment = "default";
  int threads = 1;  // Event loops, each with one connection a server.
  ConnectionOptions connection;
};

class RedisClient {
 public:
  using Done = Connection::Done;
  // Called on a loop's thread when a server is reached or lost: `up` says whether all can be asked now.
  using OnState = std::function<void(bool up, const absl::Status& why)>;

  // A server that holds a part of all keys; where there is one server, all of them.
  struct Shard {
    std::string name;  // "127.0.0.1:6379": for logs and metrics.
    // A hash tag that lies there, so the key "lk:{" + tag + "}" does; "<environment>:s:<number>". It stays
    // the same while that server holds its slot.
    std::string tag;
    bool up = false;  // It can be asked.
  };

  // Commands not answered hear CANCELLED. Not from within a callback.
  virtual ~RedisClient() = default;

  // Thread-safe. Sends a command to the server that holds `key`; what was sent for one key arrives in that
  // order while no key moves. Calls `done` once, on a loop's thread, as Connection::Send does. An error
  // reply that only says where to ask, or to ask a little later, is heeded within `timeout` before it is
  // answered; a command whose reply was lost is never sent again.
  virtual void Send(std::string_view key, CommandText command, Duration timeout, Done done) = 0;

  // Thread-safe. The servers known now; none before the topology is known.
  [[nodiscard]] virtual std::vector<Shard> shards() const = 0;
  // Thread-safe. Whether one script may use keys of different shards.
  [[nodiscard]] virtual bool one_script_spans_keys() const = 0;
  // Thread-safe. Whether every shard can be asked over every connection.
  [[nodiscard]] virtual bool up() const = 0;
  // Thread-safe. Of all connections together.
  [[nodiscard]] virtual Connection::Counts counts() const = 0;
  [[nodiscard]] virtual const ConnectionOptions& options() const = 0;
  // For logs: no password.
  [[nodiscard]] virtual const std::string& display() const = 0;
};

// Refuses settings that cannot work; a server that is not there is no error: it is tried again until it
// comes. The client has threads of its own.
[[nodiscard]] absl::StatusOr<std::unique_ptr<RedisClient>> OpenRedisClient(const RedisSettings& settings,
                                                                           RedisClient::OnState on_state);

}  // namespace latchkey
