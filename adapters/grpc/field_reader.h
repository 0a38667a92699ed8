// Reads the fields of a message where they lie.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace latchkey {

// The low bits of a tag.
inline constexpr uint64_t kVarint = 0;
inline constexpr uint64_t kLengthDelimited = 2;

[[nodiscard]] constexpr uint64_t TagOf(int field, uint64_t type) {
  return static_cast<uint64_t>(field) << 3U | type;
}

// Such fields of a message, one after the other. Anything unusual ends it for good.
class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : left_(bytes) {}

  [[nodiscard]] bool good() const { return good_; }
  // The next tag: 8 · field + type; 0 at the end.
  uint64_t Tag() {
    if (left_.empty()) return 0;
    const uint64_t tag = Number(0xFFFF);
    if (tag == 0) Unusual();
    return tag;
  }

  // Of no more than 35 bits.
  uint64_t Number(uint64_t most) { return Varint(most, 35); }
  // Any number.
  uint64_t LongNumber() { return Varint(UINT64_MAX, 64); }
  std::string_view Bytes(uint64_t most = 0x3FFF) {
    const size_t size = Number(most);
    if (size > left_.size()) return Unusual(), std::string_view();
    const std::string_view bytes = left_.substr(0, size);
    left_.remove_prefix(size);
    return bytes;
  }
  // ASCII alone.
  std::string_view Text() {
    const std::string_view text = Bytes();
    const char* at = text.data();
    size_t left = text.size();
    uint64_t high_bits = 0;
    for (uint64_t word = 0; left >= sizeof word; left -= sizeof word, at += sizeof word) {
      std::memcpy(&word, at, sizeof word);
      high_bits |= word;
    }
    for (; left > 0; --left, ++at) high_bits |= static_cast<unsigned char>(*at);
    if ((high_bits & 0x8080'8080'8080'8080U) != 0) Unusual();
    return text;
  }
  void Unusual() {
    good_ = false;
    left_ = {};
  }

 private:
  uint64_t Varint(uint64_t most, unsigned bits) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < bits; shift += 7) {
      if (left_.empty()) break;
      const auto byte = static_cast<unsigned char>(left_.front());
      left_.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7FU) << shift;
      if ((byte & 0x80U) != 0) continue;
      if (value > most) break;
      return value;
    }
    return Unusual(), 0;
  }

  std::string_view left_;
  bool good_ = true;
};

}  // namespace latchkey
