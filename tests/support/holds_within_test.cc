#include "tests/support/holds_within.h"

#include <gtest/gtest.h>

namespace latchkey {
namespace {

using std::chrono::milliseconds;

TEST(HoldsWithinTest, AsksUntilItHoldsAndNotOnceMore) {
  int asked = 0;
  EXPECT_TRUE(HoldsWithin(
      milliseconds(5), [&] { return ++asked == 3; }, milliseconds(1)));
  EXPECT_EQ(asked, 3);
}

TEST(HoldsWithinTest, AsksOnceAtLeastAndOnceAtTheEnd) {
  int asked = 0;
  const auto never = [&] { return ++asked < 0; };
  EXPECT_FALSE(HoldsWithin(milliseconds(0), never));
  EXPECT_EQ(asked, 1);
  EXPECT_FALSE(HoldsWithin(milliseconds(4), never, milliseconds(2)));
  EXPECT_EQ(asked, 1 + 3) << "at once, after 2 ms and after 4";
}

TEST(HoldsWithinTest, WhatCannotBeAskedYetDoesNotHold) {
  int asked = 0;
  EXPECT_TRUE(HoldsWithin(
      milliseconds(5),
      [&] {
        if (++asked < 3) throw std::runtime_error("not there");
        return true;
      },
      milliseconds(1)));
  EXPECT_THROW(
      (void)HoldsWithin(milliseconds(5), []() -> bool { throw std::logic_error("a mistake of the test's"); }),
      std::logic_error);
}

}  // namespace
}  // namespace latchkey
