#include "cli/log_formats/csv_format.h"

#include <gtest/gtest.h>

namespace latchkey::cli {
namespace {

TEST(CsvFormatTest, TheFirstLineNamesTheColumns) {
  CsvFormat format;
  EXPECT_EQ(format.Parse("occur_time,outcome,account,x-session,source,path").kind, LineKind::kOther);
  const ParsedLine line =
      format.Parse("2026-11-21T12:00:01.5Z,login-complete,\"al,\"\"ice\",77,192.0.2.7,imap");
  ASSERT_EQ(line.kind, LineKind::kLogin) << line.why;
  EXPECT_EQ(line.event.account(), "al,\"ice");
  EXPECT_EQ(line.event.source(), "192.0.2.7");
  EXPECT_EQ(line.event.outcome(), v1::OUTCOME_LOGIN_COMPLETE);
  EXPECT_EQ(line.event.path(), "imap");
  EXPECT_EQ(line.event.occur_time().nanos(), 500'000'000);
}

TEST(CsvFormatTest, AMistakeInTheHeaderIsSaidAndNothingIsReadAsADefault) {
  const auto why = [](const char* header) { return CsvFormat().Parse(header).why; };
  EXPECT_EQ(why("account,source,outcom"), "unknown column 'outcom'");
  EXPECT_EQ(why("account,outcome"), "no column 'source'");
  EXPECT_EQ(why("account,source,outcome,source"), "the column 'source' stands there twice");
  CsvFormat format;
  (void)format.Parse("alice,192.0.2.7,wrong");
  EXPECT_EQ(format.Parse("alice,192.0.2.7,wrong").why, "the first line does not name the columns");
}

TEST(CsvFormatTest, BrokenLinesSayWhatIsWrong) {
  CsvFormat format;
  (void)format.Parse(
      "\xEF\xBB\xBF"
      "account,source,outcome");
  EXPECT_EQ(format.Parse("alice,192.0.2.7").why, "2 values, but 3 columns");
  EXPECT_EQ(format.Parse("\"alice,192.0.2.7,wrong").why,
            "a quote that is not closed, or text behind one that is");
  EXPECT_EQ(format.Parse("alice,home,wrong").why, "'home' is not an address");
  EXPECT_EQ(format.Parse("alice,192.0.2.7,").why, "no outcome");
  EXPECT_EQ(format.Parse(",192.0.2.7,wrong").why, "the account is empty");
  EXPECT_EQ(format.Parse("").kind, LineKind::kOther);
  EXPECT_EQ(format.Parse("alice,192.0.2.7,wrong").kind, LineKind::kLogin) << "the rest is read";
}

}  // namespace
}  // namespace latchkey::cli
