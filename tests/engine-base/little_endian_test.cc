#include "engine/base/little_endian.h"

#include <gtest/gtest.h>

#include <array>

namespace latchkey {
namespace {

TEST(LittleEndianTest, TheLeastSignificantByteComesFirst) {
  std::string bytes = "x";
  AppendLittleEndian(0x0102'0304, 4, bytes);
  EXPECT_EQ(bytes, "x\x04\x03\x02\x01");
  EXPECT_EQ(LittleEndianAt(bytes, 1, 4), 0x0102'0304U);
  EXPECT_EQ(LittleEndianAt(bytes, 1, 2), 0x0304U);
}

TEST(LittleEndianTest, WholeNumbersOfEightBytesComeBackAndNoOtherByteIsTouched) {
  constexpr uint64_t kMost = ~uint64_t{0};
  for (const uint64_t value : {uint64_t{0}, uint64_t{0x80}, uint64_t{1} << 63U, kMost - 1, kMost}) {
    std::array<char, 10> bytes;
    bytes.fill('x');
    PutLittleEndian(value, 8, bytes.data() + 1);
    EXPECT_EQ(LittleEndianAt({bytes.data(), bytes.size()}, 1, 8), value);
    EXPECT_EQ(bytes.front(), 'x');
    EXPECT_EQ(bytes.back(), 'x');
  }
}

}  // namespace
}  // namespace latchkey
