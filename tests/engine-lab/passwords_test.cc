#include "engine/lab/passwords.h"

#include <gtest/gtest.h>

namespace latchkey::lab {
namespace {

TEST(PasswordsTest, MassGoesThroughThePublishedPoints) {
  EXPECT_DOUBLE_EQ(MassOfFirst(0), 0);
  EXPECT_DOUBLE_EQ(MassOfFirst(1), 0.0089);
  EXPECT_DOUBLE_EQ(MassOfFirst(10), 0.0205);
  EXPECT_DOUBLE_EQ(MassOfFirst(1000), 0.11);
  EXPECT_DOUBLE_EQ(MassOfFirst(kCommonPasswords), MassOfFirst(2 * kCommonPasswords));
}

TEST(PasswordsTest, NobodyGuessesAStrongPassword) {
  EXPECT_DOUBLE_EQ(MassOf(StrongPassword(0)), 0);
  EXPECT_GT(MassOf(0), MassOf(9));
  EXPECT_GT(MassOf(9), 0);
}

TEST(PasswordsTest, PeopleChooseCommonOnesAsOftenAsTheMassSays) {
  Dice dice(1);
  int first_ten = 0, strong = 0;
  constexpr int kPeople = 100'000;
  for (int i = 0; i < kPeople; ++i) {
    const Password password = DrawPassword(dice, i);
    first_ten += password < 10 ? 1 : 0;
    strong += password >= kCommonPasswords ? 1 : 0;
  }
  EXPECT_NEAR(first_ten / static_cast<double>(kPeople), 0.0205, 0.002);
  EXPECT_NEAR(strong / static_cast<double>(kPeople), 0.70, 0.01);
}

}  // namespace
}  // namespace latchkey::lab
