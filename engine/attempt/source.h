// The network address an attempt came from, as the engine counts it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace latchkey {

// A source is an IPv4 host or an IPv6 /64; its network an IPv4 /24 or an IPv6 /48. IPv4-mapped IPv6 addresses
// are IPv4. Immutable.
class Source {
 public:
  // "192.0.2.7", "2001:db8::1", "::ffff:192.0.2.7". kInvalidArgument for anything else.
  [[nodiscard]] static absl::StatusOr<Source> Parse(std::string_view address);

  // The bytes that name the source (4 or 8) and its network (3 or 6).
  [[nodiscard]] std::string_view host() const { return {bytes_.data(), v4_ ? 4U : 8U}; }
  [[nodiscard]] std::string_view network() const { return {bytes_.data(), v4_ ? 3U : 6U}; }
  // Which source of its network it is: the last octet, or the 16 bits after the /48.
  [[nodiscard]] uint16_t place() const;
  // "192.0.2.7" or "2001:db8:0:1::/64".
  [[nodiscard]] std::string Text() const;
  bool operator==(const Source&) const = default;

 private:
  Source() = default;
  bool v4_ = true;
  std::array<char, 8> bytes_{};
};

}  // namespace latchkey
