#include "engine/stats/name_table.h"

#include <gtest/gtest.h>

namespace latchkey {
namespace {

TEST(NameTableTest, TheFirstNamesAreToldApartAndAllLaterOnesAreOther) {
  NameTable table(2);
  EXPECT_EQ(table.Intern("web"), 1);
  EXPECT_EQ(table.Intern("imap"), 2);
  EXPECT_EQ(table.Intern("web"), 1);
  EXPECT_EQ(table.Intern("api"), NameTable::kOther);
  EXPECT_EQ(table.NameOf(2), "imap");
  EXPECT_EQ(table.NameOf(NameTable::kOther), "other");
  EXPECT_EQ(table.NameOf(7), "other");
  EXPECT_EQ(table.size(), 3U);
}

TEST(NameTableTest, CachesOfTwoThreadsAgreeHoweverTheTableFilled) {
  NameTable table(3);
  NameCache one(table);
  NameCache two(table);
  EXPECT_EQ(one.IdOf("a"), 1);
  EXPECT_EQ(two.IdOf("b"), 2);
  EXPECT_EQ(one.IdOf("c"), 3);
  EXPECT_EQ(one.IdOf("d"), NameTable::kOther);
  EXPECT_EQ(one.IdOf("b"), 2) << "what the other thread brought in";
  EXPECT_EQ(two.IdOf("a"), 1);
  EXPECT_EQ(two.IdOf("e"), NameTable::kOther);
  EXPECT_EQ(two.IdOf("c"), 3);
}

TEST(NameTableTest, ANameThatIsCalledOtherIsANameLikeAnyOther) {
  NameTable table(5);
  EXPECT_EQ(table.Intern("other"), 1);
}

}  // namespace
}  // namespace latchkey
