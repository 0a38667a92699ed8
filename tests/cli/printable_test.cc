#include "cli/printable.h"

#include <gtest/gtest.h>

namespace latchkey::cli {
namespace {

TEST(PrintableTest, LeavesWritingOfAllKindsAlone) {
  EXPECT_EQ(Printable("alice@example.com"), "alice@example.com");
  EXPECT_EQ(Printable("Ålice Жук 愛 🗝"), "Ålice Жук 愛 🗝");
}

TEST(PrintableTest, ShowsControlsAsNumbers) {
  EXPECT_EQ(Printable("a\x1b[2Jb"), "a\\x1b[2Jb");
  EXPECT_EQ(Printable("line\nnext\x7f"), "line\\x0anext\\x7f");
  EXPECT_EQ(Printable("\xc2\x9b"), "\\xc2\\x9b");           // the 8-bit escape
  EXPECT_EQ(Printable("\xe2\x80\xae"), "\\xe2\\x80\\xae");  // right-to-left override
}

TEST(PrintableTest, ShowsWhatIsNotUtf8AsNumbers) {
  EXPECT_EQ(Printable("\xff"), "\\xff");
  EXPECT_EQ(Printable("\xe2\x82"), "\\xe2\\x82");           // cut off
  EXPECT_EQ(Printable("\xc0\xaf"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(Printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // half of a surrogate pair
}

TEST(PrintableTest, ColumnsAreCodePoints) { EXPECT_EQ(Columns("Ålice"), 5U); }

}  // namespace
}  // namespace latchkey::cli
