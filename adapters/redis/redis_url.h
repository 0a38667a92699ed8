// Where Redis is, as people write it: one URL.
//
//   redis://[user[:password]@]host[:port][/database]      plain TCP
//   rediss://…                                            TLS, verified
//   unix:///path[?db=n], redis+unix://, redis-socket://   a socket file
//
// User, password and path may be percent-encoded; an IPv6 address stands in brackets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace latchkey {

struct RedisUrl {
  std::string host = "127.0.0.1";  // A name or an address, without brackets.
  uint16_t port = 6379;
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
// Sentinel and Cluster URLs are recognised and refused (UNIMPLEMENTED).
[[nodiscard]] absl::StatusOr<RedisUrl> ParseRedisUrl(std::string_view url,
                                                     const std::string& password_file = "");

}  // namespace latchkey
