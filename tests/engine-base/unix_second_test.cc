#include "engine/base/unix_second.h"

#include <gtest/gtest.h>

namespace latchkey {
namespace {

TimePoint At(int64_t milliseconds) { return TimePoint(Duration(milliseconds)); }

TEST(UnixSecondTest, IsTheSecondThatATimeLiesIn) {
  EXPECT_EQ(UnixSecond(At(0)), 0);
  EXPECT_EQ(UnixSecond(At(999)), 0);
  EXPECT_EQ(UnixSecond(At(1000)), 1);
  EXPECT_EQ(UnixSecond(At(1'795'262'400'999)), 1'795'262'400);
}

TEST(UnixSecondTest, RoundsDownBefore1970AsWell) {
  EXPECT_EQ(UnixSecond(At(-1)), -1);
  EXPECT_EQ(UnixSecond(At(-1000)), -1);
  EXPECT_EQ(UnixSecond(At(-1001)), -2);
}

TEST(UnixSecondTest, SaysEveryTimeThatThereIs) {
  EXPECT_EQ(UnixSecond(TimePoint::max()), std::numeric_limits<int64_t>::max() / 1000);
  EXPECT_EQ(UnixSecond(TimePoint::min()), std::numeric_limits<int64_t>::min() / 1000 - 1);
}

TEST(UnixSecondTest, InFourBytesStaysBetween1970AndTheLastSecondThatFits) {
  constexpr int64_t kLast = 4'294'967'295;
  EXPECT_EQ(UnixSecond32(At(1999)), 1U);
  EXPECT_EQ(UnixSecond32(At(0)), 0U);
  EXPECT_EQ(UnixSecond32(At(-1)), 0U);
  EXPECT_EQ(UnixSecond32(TimePoint::min()), 0U);
  EXPECT_EQ(UnixSecond32(At(kLast * 1000 - 1)), kLast - 1);
  EXPECT_EQ(UnixSecond32(At(kLast * 1000 + 999)), kLast);
  EXPECT_EQ(UnixSecond32(At((kLast + 1) * 1000)), kLast);
  EXPECT_EQ(UnixSecond32(TimePoint::max()), kLast);
}

}  // namespace
}  // namespace latchkey
