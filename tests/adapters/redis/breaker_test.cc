#include "adapters/redis/breaker.h"

#include <gtest/gtest.h>

namespace latchkey {
namespace {

using std::chrono::milliseconds;

class BreakerTest : public testing::Test {
 protected:
  void Fail(int times) {
    for (int i = 0; i < times; ++i) breaker_.Failed(now_, 0);  // 0: the longest rest
  }
  Breaker breaker_{{.failures_max = 3, .rest_first = milliseconds(100), .rest_max = milliseconds(400)}};
  Breaker::SteadyTime now_{std::chrono::hours(1)};
};

TEST_F(BreakerTest, OpensAfterSoManyInARow) {
  Fail(2);
  breaker_.Answered();
  Fail(2);
  EXPECT_TRUE(breaker_.Admits(now_));
  Fail(1);
  EXPECT_TRUE(breaker_.open());
  EXPECT_FALSE(breaker_.Admits(now_));
}

TEST_F(BreakerTest, LetsOneThroughAfterARest) {
  Fail(3);
  now_ += milliseconds(99);
  EXPECT_FALSE(breaker_.Admits(now_));
  now_ += milliseconds(1);
  EXPECT_TRUE(breaker_.Admits(now_));
  EXPECT_FALSE(breaker_.Admits(now_)) << "one at a time";
}

TEST_F(BreakerTest, RestsLongerEachTime) {
  Fail(3);
  now_ += milliseconds(100);
  ASSERT_TRUE(breaker_.Admits(now_));
  Fail(1);
  now_ += milliseconds(199);
  EXPECT_FALSE(breaker_.Admits(now_));
  now_ += milliseconds(1);
  EXPECT_TRUE(breaker_.Admits(now_));
}

TEST_F(BreakerTest, TheFirstAnswerInTimeClosesIt) {
  Fail(5);
  breaker_.Answered();
  EXPECT_FALSE(breaker_.open());
  EXPECT_TRUE(breaker_.Admits(now_));
  Fail(2);
  EXPECT_FALSE(breaker_.open());
}

TEST_F(BreakerTest, AProbeOfWhichNothingIsHeardIsNotTheLast) {
  Fail(3);
  now_ += milliseconds(100);
  ASSERT_TRUE(breaker_.Admits(now_));
  now_ += milliseconds(400);
  EXPECT_TRUE(breaker_.Admits(now_));
}

}  // namespace
}  // namespace latchkey
