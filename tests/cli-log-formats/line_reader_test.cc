#include "cli/log_formats/line_reader.h"

#include <gtest/gtest.h>

#include <sstream>

namespace latchkey::cli {
namespace {

TEST(LineReaderTest, ReadsLinesWithAndWithoutALastEnd) {
  std::istringstream in("one\r\n\nthree");
  LineReader reader(in);
  ASSERT_TRUE(reader.Next());
  EXPECT_EQ(reader.line(), "one");
  ASSERT_TRUE(reader.Next());
  EXPECT_EQ(reader.line(), "");
  ASSERT_TRUE(reader.Next());
  EXPECT_EQ(reader.line(), "three");
  EXPECT_EQ(reader.number(), 3);
  EXPECT_FALSE(reader.Next());
}

TEST(LineReaderTest, ALineThatNeverEndsCostsBoundedMemoryAndTheNextOneIsWhole) {
  const std::string longest(LineReader::kLineBytesMax, 'x');
  std::istringstream in(longest + "\n" + longest + "y\nnext\n");
  LineReader reader(in);
  ASSERT_TRUE(reader.Next());
  EXPECT_FALSE(reader.too_long());
  ASSERT_TRUE(reader.Next());
  EXPECT_TRUE(reader.too_long());
  EXPECT_EQ(reader.line().size(), LineReader::kLineBytesMax);
  ASSERT_TRUE(reader.Next());
  EXPECT_EQ(reader.line(), "next");
  EXPECT_FALSE(reader.too_long());
}

}  // namespace
}  // namespace latchkey::cli
