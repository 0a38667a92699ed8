// Where one Redis server listens.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace latchkey {

// A plain value.
struct NodeAddress {
  std::string host;  // A name or an address, without brackets.
  uint16_t port = 0;
  auto operator<=>(const NodeAddress&) const = default;
  // "127.0.0.1:6379", "[::1]:6379".
  [[nodiscard]] std::string Text() const {
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
  }
};

}  // namespace latchkey
