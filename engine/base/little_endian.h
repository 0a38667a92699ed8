// Numbers in files and on wires: so many bytes, the least significant first.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace latchkey {

// Requires: up to 8 bytes, all of them in `bytes`.
[[nodiscard]] inline uint64_t LittleEndianAt(std::string_view bytes, size_t at, size_t size) {
  uint64_t value = 0;
  for (size_t i = size; i > 0; --i) value = (value << 8U) | static_cast<uint8_t>(bytes[at + i - 1]);
  return value;
}

// Requires: up to 8 bytes; room for them. What does not fit into them is cut off.
inline void PutLittleEndian(uint64_t value, size_t size, char* out) {
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(out, &value, size);
  } else {
    for (size_t i = 0; i < size; ++i) out[i] = static_cast<char>(value >> (8 * i));
  }
}

inline void AppendLittleEndian(uint64_t value, size_t size, std::string& out) {
  out.resize(out.size() + size);
  PutLittleEndian(value, size, out.data() + out.size() - size);
}

}  // namespace latchkey
