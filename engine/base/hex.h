// Numbers in hexadecimal digits, in place.
#pragma once

#include <array>
#include <cstdint>

namespace latchkey {

// All 16 digits, in lower case.
[[nodiscard]] constexpr std::array<char, 16> HexDigits(uint64_t number) {
  std::array<char, 16> digits{};
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, number >>= 4U)
    *digit = "0123456789abcdef"[number & 0xFU];
  return digits;
}

}  // namespace latchkey
