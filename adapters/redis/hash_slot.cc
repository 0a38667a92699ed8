#include "adapters/redis/hash_slot.h"

#include <array>

namespace latchkey {
namespace {

constexpr std::array<uint16_t, 256> MakeTable() {
  std::array<uint16_t, 256> table{};
  for (uint32_t byte = 0; byte < table.size(); ++byte) {
    uint32_t crc = byte << 8U;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000U) != 0 ? (crc << 1U) ^ 0x1021U : crc << 1U;
    table[byte] = static_cast<uint16_t>(crc);
  }
  return table;
}

std::string_view Hashed(std::string_view key) {
  const size_t open = key.find('{');
  if (open == std::string_view::npos) return key;
  const size_t close = key.find('}', open + 1);
  if (close == std::string_view::npos || close == open + 1) return key;
  return key.substr(open + 1, close - open - 1);
}

}  // namespace

uint16_t HashSlot(std::string_view key) {
  static constexpr std::array<uint16_t, 256> kTable = MakeTable();
  uint32_t crc = 0;
  for (const char c : Hashed(key)) {
    const uint32_t byte = static_cast<unsigned char>(c);
    crc = ((crc << 8U) ^ kTable[((crc >> 8U) ^ byte) & 0xFFU]) & 0xFFFFU;
  }
  return static_cast<uint16_t>(crc % kHashSlots);
}

}  // namespace latchkey
