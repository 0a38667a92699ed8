// Where Redis is, as people write it: one URL.
//
//   redis://[user[:password]@]host[:port][/database]      one server, plain TCP
//   unix:///path[?db=n], redis+unix://, redis-socket://   one server, by a socket file
//   redis+cluster://[user[:password]@]host[:port],…       a Cluster, by some of its nodes
//   redis+sentinel://[user[:password]@]host[:port],…/master[/database]
//   redis-sentinel://…host,…[/database]?sentinelMasterId=master
//                                                         the master that these Sentinels name
//
// "rediss" in place of "redis" is TLS, verified; '-' and '+' are the same in a scheme. User and password are
// those of the Redis servers. User, password, path and master may be percent-encoded; an IPv6 address stands
// in brackets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/redis/node_address.h"

namespace latchkey {

struct RedisUrl {
  enum class Kind : uint8_t { kServer, kCluster, kSentinel };

  Kind kind = Kind::kServer;
  std::string host = "127.0.0.1";  // A name or an address, without brackets; of a server.
  uint16_t port = 6379;
  std::vector<NodeAddress> seeds;  // Nodes of the Cluster, or Sentinels; at least one.
  std::string master;              // What the Sentinels call it.
  bool tls = false;
  std::string socket_path;  // Not empty: a socket file is used instead of host and port.
  std::string user;         // Empty: Redis' default user.
  std::string password;     // Secret: never logged. Empty: no AUTH is sent.
  int database = 0;

  // What logs and errors may show: the URL without the password.
  [[nodiscard]] std::string Display() const;
};

// Parses `url`. With `password_file` the password is that file's content without its last line end, and the
// URL must not carry one. Errors say what is wrong and never repeat any part of the URL that might be secret.
[[nodiscard]] absl::StatusOr<RedisUrl> ParseRedisUrl(std::string_view url,
                                                     const std::string& password_file = "");

// The content of a file that holds a password, without its last line end. The error names the file.
[[nodiscard]] absl::StatusOr<std::string> ReadPasswordFile(const std::string& path);

}  // namespace latchkey
