#include "engine/lab/dice.h"

#include <gtest/gtest.h>

namespace latchkey::lab {
namespace {

TEST(DiceTest, TheSameSeedThrowsTheSame) {
  Dice a(7), b(7), other(8);
  const uint64_t first = a.Next();
  EXPECT_EQ(first, b.Next());
  EXPECT_NE(first, other.Next());
}

TEST(DiceTest, AForkIsTheSameWhateverWasThrownBefore) {
  Dice used(7), fresh(7);
  for (int i = 0; i < 100; ++i) used.Next();
  EXPECT_EQ(used.Fork(3).Next(), fresh.Fork(3).Next());
  EXPECT_NE(fresh.Fork(3).Next(), fresh.Fork(4).Next());
}

TEST(DiceTest, ChancesAndPausesAreAsOftenAndAsLongAsSaid) {
  Dice dice(1);
  int happened = 0;
  double total = 0;
  constexpr int kThrows = 100'000;
  for (int i = 0; i < kThrows; ++i) {
    happened += dice.Chance(0.07) ? 1 : 0;
    total += static_cast<double>(dice.Pause(std::chrono::minutes(10)).count());
  }
  EXPECT_NEAR(happened / static_cast<double>(kThrows), 0.07, 0.005);
  EXPECT_NEAR(total / kThrows, 600'000, 10'000);
}

TEST(DiceTest, BoundsAreKept) {
  Dice dice(1);
  for (int i = 0; i < 1000; ++i) {
    const int64_t number = dice.Below(3);
    EXPECT_TRUE(number >= 0 && number < 3);
    const Duration between = dice.Between(Duration(5), Duration(7));
    EXPECT_TRUE(between >= Duration(5) && between <= Duration(7));
  }
}

}  // namespace
}  // namespace latchkey::lab
