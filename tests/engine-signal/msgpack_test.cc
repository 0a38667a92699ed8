#include "engine/signal/msgpack.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>

namespace latchkey {
namespace {

std::string Written(int64_t value) {
  MsgpackWriter out;
  out.Int(value);
  return out.Take();
}

TEST(MsgpackTest, ReadsBackIntegersOfEverySize) {
  for (int64_t value :
       {int64_t{0}, int64_t{1}, int64_t{127}, int64_t{128}, int64_t{255}, int64_t{256}, int64_t{65535},
        int64_t{65536}, int64_t{4294967295}, int64_t{4294967296}, (int64_t{1} << 48) - 1, int64_t{1} << 53,
        INT64_MAX, int64_t{-1}, int64_t{-32}, int64_t{-33}, int64_t{-40000}, INT64_MIN}) {
    const std::string bytes = Written(value);
    MsgpackReader in(bytes);
    EXPECT_EQ(in.Int(), value);
    EXPECT_TRUE(in.ok());
    EXPECT_TRUE(in.AtEnd());
  }
}

TEST(MsgpackTest, WritesTheShortestFormAsRedisLuaDoes) {
  EXPECT_EQ(Written(127), "\x7f");
  EXPECT_EQ(Written(128), std::string("\xcc\x80"));
  EXPECT_EQ(Written(256), std::string("\xcd\x01\x00", 3));
  EXPECT_EQ(Written(65536), std::string("\xce\x00\x01\x00\x00", 5));
  EXPECT_EQ(Written(int64_t{1} << 32), std::string("\xcf\x00\x00\x00\x01\x00\x00\x00\x00", 9));
}

TEST(MsgpackTest, ReadsTheNegativeFormsThatLuaChooses) {
  EXPECT_EQ(MsgpackReader(std::string_view("\xd0\x80", 2)).Int(), -128);
  EXPECT_EQ(MsgpackReader(std::string_view("\xd1\x80\x00", 3)).Int(), -32768);
  EXPECT_EQ(MsgpackReader(std::string_view("\xd2\x80\x00\x00\x00", 5)).Int(), INT32_MIN);
}

TEST(MsgpackTest, ReadsAWholeDoubleAsAnIntegerAndRefusesAnyOther) {
  MsgpackReader whole(std::string_view("\xcb\x42\x00\x00\x00\x00\x00\x00\x00", 9));  // 2^33
  EXPECT_EQ(whole.Int(), int64_t{1} << 33);
  for (std::string_view bytes : {std::string_view("\xcb\x3f\xe0\x00\x00\x00\x00\x00\x00", 9),     // 0.5
                                 std::string_view("\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", 9),     // NaN
                                 std::string_view("\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00", 9)}) {  // infinity
    MsgpackReader in(bytes);
    EXPECT_EQ(in.Int(), 0);
    EXPECT_FALSE(in.ok());
  }
}

TEST(MsgpackTest, RefusesAnUnsignedIntegerThatDoesNotFit) {
  MsgpackReader in(std::string_view("\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 9));
  EXPECT_EQ(in.Int(), 0);
  EXPECT_FALSE(in.ok());
}

TEST(MsgpackTest, ReadsBackArraysOfEverySize) {
  for (size_t size : {size_t{0}, size_t{15}, size_t{16}, size_t{65535}, size_t{65536}}) {
    MsgpackWriter out;
    out.Array(size);
    const std::string bytes = out.Take() + std::string(size, '\x01');
    MsgpackReader in(bytes);
    EXPECT_EQ(in.Array(), size);
    EXPECT_TRUE(in.ok());
  }
}

TEST(MsgpackTest, AnArrayNeverClaimsMoreElementsThanThereAreBytes) {
  MsgpackReader in(std::string_view("\xdd\xff\xff\xff\xff\x01", 6));
  EXPECT_EQ(in.Array(), 0U);
  EXPECT_FALSE(in.ok());
}

TEST(MsgpackTest, AnswersZeroAfterTheFirstMalformedValue) {
  MsgpackReader in(std::string_view("\xc1\x05", 2));
  EXPECT_EQ(in.Int(), 0);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.Int(), 0);
  EXPECT_EQ(in.Array(), 0U);
}

TEST(MsgpackTest, AnswersZeroPastTheEnd) {
  MsgpackReader in(std::string_view("\xce\x01\x02", 3));
  EXPECT_EQ(in.Int(), 0);
  EXPECT_FALSE(in.ok());
}

}  // namespace
}  // namespace latchkey
