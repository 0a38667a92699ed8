// Redis Cluster's hash slots: which of 16384 parts of all keys a key belongs to.
#pragma once

#include <cstdint>
#include <string_view>

namespace latchkey {

inline constexpr uint16_t kHashSlots = 16384;

// CRC16 (XMODEM) of what is between the key's first '{' and the next '}', if that is not empty; else of the
// whole key.
[[nodiscard]] uint16_t HashSlot(std::string_view key);

}  // namespace latchkey
