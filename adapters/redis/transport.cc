#include "adapters/redis/transport.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

absl::Status SocketError(absl::string_view what, int error) {
  return absl::UnavailableError(absl::StrCat(what, ": ", std::strerror(error)));
}

class SocketTransport final : public Transport {
 public:
  explicit SocketTransport(int fd) : fd_(fd) {}
  ~SocketTransport() override { close(fd_); }
  SocketTransport(const SocketTransport&) = delete;
  SocketTransport& operator=(const SocketTransport&) = delete;

  [[nodiscard]] int fd() const override { return fd_; }

  [[nodiscard]] absl::StatusOr<SocketWait> Establish() override {
    pollfd ready{.fd = fd_, .events = POLLOUT, .revents = 0};
    if (poll(&ready, 1, 0) == 0) return SocketWait::kWritable;
    int error = 0;
    socklen_t length = sizeof(error);
    if (getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &length) != 0) error = errno;
    if (error != 0) return SocketError("connect", error);
    return SocketWait::kNothing;
  }

  [[nodiscard]] absl::StatusOr<Progress> Read(std::span<char> into) override {
    const ssize_t count = recv(fd_, into.data(), into.size(), 0);
    if (count > 0) return Progress{static_cast<size_t>(count)};
    if (count == 0) return absl::UnavailableError("the server closed the connection");
    if (errno == EAGAIN || errno == EINTR) return Progress{0, SocketWait::kReadable};
    return SocketError("read", errno);
  }

  [[nodiscard]] absl::StatusOr<Progress> Write(std::string_view bytes) override {
    const ssize_t count = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) return Progress{static_cast<size_t>(count)};
    if (errno == EAGAIN || errno == EINTR) return Progress{0, SocketWait::kWritable};
    return SocketError("write", errno);
  }

 private:
  const int fd_;
};

}  // namespace

std::string SocketAddress::Text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (bytes.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &bytes, sizeof(v4));
    inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    return absl::StrCat(text.data(), ":", ntohs(v4.sin_port));
  }
  if (bytes.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &bytes, sizeof(v6));
    inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    return absl::StrCat("[", text.data(), "]:", ntohs(v6.sin6_port));
  }
  sockaddr_un local{};
  std::memcpy(&local, &bytes, sizeof(local));
  return local.sun_path;
}

absl::StatusOr<SocketAddress> UnixSocketAddress(const std::string& path) {
  sockaddr_un local{};
  if (path.empty() || path.size() >= sizeof(local.sun_path)) {
    return absl::InvalidArgumentError("the path of a Unix socket has 1 to 107 bytes");
  }
  local.sun_family = AF_UNIX;
  path.copy(local.sun_path, path.size());
  SocketAddress address;
  std::memcpy(&address.bytes, &local, sizeof(local));
  address.length = sizeof(local);
  return address;
}

absl::StatusOr<std::unique_ptr<Transport>> OpenSocket(const SocketAddress& address) {
  const int fd = socket(address.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return absl::ResourceExhaustedError(absl::StrCat("socket: ", std::strerror(errno)));
  auto transport = std::make_unique<SocketTransport>(fd);
  if (address.bytes.ss_family != AF_UNIX) {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  }
  const auto* target = reinterpret_cast<const sockaddr*>(&address.bytes);
  if (connect(fd, target, address.length) != 0 && errno != EINPROGRESS) return SocketError("connect", errno);
  return transport;
}

}  // namespace latchkey
