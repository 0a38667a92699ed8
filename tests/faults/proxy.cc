#include "tests/faults/proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <vector>

namespace latchkey::faults {
namespace {

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

bool SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

}  // namespace

FaultyProxy::FaultyProxy(uint16_t port) : target_(port) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t length = sizeof(address);
  if (listener_ < 0 || bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      listen(listener_, 64) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    throw std::runtime_error("the proxy finds no port");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Run(); });
}

FaultyProxy::~FaultyProxy() {
  stopping_ = true;
  thread_.join();
  close(listener_);
}

void FaultyProxy::Set(Way way, std::chrono::milliseconds delay) {
  delay_ms_ = delay.count();
  way_ = way;
}

void FaultyProxy::Accept() {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(target_);
  if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    close(server);
    close(client);
    return;
  }
  const int at_once = 1;
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once));
  setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once));
  pairs_.push_back({client, server, {}});
}

bool FaultyProxy::Carry(Pair& pair, bool client_ready, bool server_ready) {
  std::array<char, 65536> buffer;
  if (client_ready) {
    const ssize_t got = recv(pair.client, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got == 0 || (got > 0 && !SendAll(pair.server, {buffer.data(), static_cast<size_t>(got)})))
      return false;
  }
  if (server_ready) {
    const ssize_t got = recv(pair.server, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got == 0) return false;
    if (got > 0) {
      pair.replies.push_back({std::chrono::steady_clock::now() + std::chrono::milliseconds(delay_ms_.load()),
                              std::string(buffer.data(), static_cast<size_t>(got))});
    }
  }
  return PassReplies(pair);
}

bool FaultyProxy::PassReplies(Pair& pair) {
  while (!pair.replies.empty() && pair.replies.front().due <= std::chrono::steady_clock::now()) {
    const std::string bytes = std::move(pair.replies.front().bytes);
    pair.replies.pop_front();
    // A greeting comes through, so that there are commands in flight to be cut off from their replies.
    if (way_ == Way::kCut && bytes.size() > 40) {
      ++cuts_;
      SendAll(pair.client, std::string_view(bytes).substr(0, bytes.size() / 2));
      return false;
    }
    if (!SendAll(pair.client, bytes)) return false;
  }
  return true;
}

void FaultyProxy::Run() {
  while (!stopping_) {
    const bool drops = way_ == Way::kDrop;
    std::vector<pollfd> polled = {{listener_, POLLIN, 0}};
    for (const Pair& pair : pairs_) {
      polled.push_back({drops ? -1 : pair.client, POLLIN, 0});
      polled.push_back({drops ? -1 : pair.server, POLLIN, 0});
    }
    poll(polled.data(), polled.size(), /*ms=*/2);
    size_t place = 1;
    for (auto pair = pairs_.begin(); pair != pairs_.end(); place += 2) {
      const bool lives = drops || Carry(*pair, polled[place].revents != 0, polled[place + 1].revents != 0);
      if (!lives) {
        close(pair->client);
        close(pair->server);
      }
      pair = lives ? std::next(pair) : pairs_.erase(pair);
    }
    if (polled[0].revents != 0) Accept();
  }
  for (const Pair& pair : pairs_) {
    close(pair.client);
    close(pair.server);
  }
}

}  // namespace latchkey::faults
