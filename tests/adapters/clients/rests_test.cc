#include "adapters/clients/cpp/rests.h"

#include <gtest/gtest.h>

namespace latchkey::client {
namespace {

using std::chrono::milliseconds;

TEST(RestsTest, DoubleUpToTheLongest) {
  Rests rests(milliseconds(50), milliseconds(300));
  const uint64_t longest = 0;
  EXPECT_EQ(rests.Next(longest), milliseconds(50));
  EXPECT_EQ(rests.Next(longest), milliseconds(100));
  EXPECT_EQ(rests.Next(longest), milliseconds(200));
  EXPECT_EQ(rests.Next(longest), milliseconds(300));
  EXPECT_EQ(rests.Next(longest), milliseconds(300));
  rests.Reset();
  EXPECT_EQ(rests.Next(longest), milliseconds(50));
}

TEST(RestsTest, VaryInTheirUpperHalf) {
  for (uint64_t random = 0; random < 200; ++random) {
    Rests rests(milliseconds(100), milliseconds(100));
    const milliseconds rest = rests.Next(random);
    EXPECT_GE(rest, milliseconds(50));
    EXPECT_LE(rest, milliseconds(100));
  }
}

}  // namespace
}  // namespace latchkey::client
