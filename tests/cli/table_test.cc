#include "cli/table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace latchkey::cli {
namespace {

TEST(TableTest, ColumnsAreAsWideAsTheirWidestCell) {
  Table table({{"WHO"}, {"COUNT", Table::Align::kRight}, {"NOTE"}});
  table.Add({"alice", "5", "x"});
  table.Add({"Ø", "1234567"});
  std::ostringstream out;
  table.Print(out);
  EXPECT_EQ(out.str(),
            "WHO      COUNT  NOTE\n"
            "alice        5  x\n"
            "Ø      1234567\n");
}

TEST(TableTest, WithoutRowsPrintsNothing) {
  std::ostringstream out;
  Table({{"WHO"}}).Print(out);
  EXPECT_EQ(out.str(), "");
}

TEST(AttributesTest, LeavesOutWhatHasNoValue) {
  Attributes rows;
  rows.Add("action", "ALLOW");
  rows.Add("until", "");
  rows.Add("lane", "device");
  std::ostringstream out;
  rows.Print(out);
  EXPECT_EQ(out.str(), "action  ALLOW\nlane    device\n");
}

}  // namespace
}  // namespace latchkey::cli
