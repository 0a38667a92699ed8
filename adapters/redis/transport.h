// A non-blocking stream of bytes to a server: a TCP or Unix socket, bare or under TLS (tls.h).
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace latchkey {

// One resolved address of a server.
struct SocketAddress {
  sockaddr_storage bytes{};
  socklen_t length = 0;
  // "127.0.0.1:6379", "[::1]:6379", "/run/redis.sock".
  [[nodiscard]] std::string Text() const;
};

[[nodiscard]] absl::StatusOr<SocketAddress> UnixSocketAddress(const std::string& path);

// What the socket must become before the same call can go on.
enum class SocketWait { kNothing, kReadable, kWritable };

// What one call has done: `bytes` were moved; then, unless `wait` is kNothing, it would have blocked.
struct Progress {
  size_t bytes = 0;
  SocketWait wait = SocketWait::kNothing;
};

// Thread-compatible. Every error is final: the transport is then of no more use.
class Transport {
 public:
  virtual ~Transport() = default;
  // For waiting on; stays the transport's.
  [[nodiscard]] virtual int fd() const = 0;
  // Goes on with connecting (and the TLS handshake). kNothing: ready for Read and Write.
  [[nodiscard]] virtual absl::StatusOr<SocketWait> Establish() = 0;
  // The server having closed the connection is an error (UNAVAILABLE).
  [[nodiscard]] virtual absl::StatusOr<Progress> Read(std::span<char> into) = 0;
  // After kReadable or kWritable, repeat with the same bytes (more may follow them).
  [[nodiscard]] virtual absl::StatusOr<Progress> Write(std::string_view bytes) = 0;
};

// Begins to connect; does not wait for it.
[[nodiscard]] absl::StatusOr<std::unique_ptr<Transport>> OpenSocket(const SocketAddress& address);

}  // namespace latchkey
