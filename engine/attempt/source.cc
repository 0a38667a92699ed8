#include "engine/attempt/source.h"

#include <arpa/inet.h>

#include <algorithm>

namespace latchkey {

absl::StatusOr<Source> Source::Parse(std::string_view address) {
  constexpr size_t kLongest = 45;
  constexpr std::string_view kMapped("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
  std::array<char, 16> raw{};
  Source source;
  if (address.size() <= kLongest && address.find('\0') == std::string_view::npos) {
    std::array<char, kLongest + 1> text{};
    address.copy(text.data(), kLongest);
    if (inet_pton(AF_INET, text.data(), raw.data()) == 1) {
      std::copy_n(raw.begin(), 4, source.bytes_.begin());
      return source;
    }
    if (inet_pton(AF_INET6, text.data(), raw.data()) == 1) {
      source.v4_ = std::string_view(raw.data(), 12) == kMapped;
      std::copy_n(raw.begin() + (source.v4_ ? 12 : 0), source.v4_ ? 4 : 8, source.bytes_.begin());
      return source;
    }
  }
  return absl::InvalidArgumentError("source: not an IPv4 or IPv6 address");
}

uint16_t Source::place() const {
  const auto byte = [this](size_t i) { return static_cast<uint8_t>(bytes_[i]); };
  if (v4_) return byte(3);
  return static_cast<uint16_t>((byte(6) << 8U) | byte(7));
}

std::string Source::Text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (v4_) {
    inet_ntop(AF_INET, bytes_.data(), text.data(), text.size());
    return text.data();
  }
  std::array<char, 16> whole{};
  std::copy(bytes_.begin(), bytes_.end(), whole.begin());
  inet_ntop(AF_INET6, whole.data(), text.data(), text.size());
  return std::string(text.data()) + "/64";
}

}  // namespace latchkey
