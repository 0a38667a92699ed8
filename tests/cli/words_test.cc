#include "cli/words.h"

#include <gtest/gtest.h>

#include "cli/settings.h"
#include "latchkey/v1/guard.pb.h"

namespace latchkey::cli {
namespace {

TEST(WordsTest, EnumsAreReadAndWrittenAsWords) {
  EXPECT_EQ(Word(v1::OUTCOME_LOGIN_COMPLETE), "login-complete");
  EXPECT_EQ(Word(v1::ReportResponse::SETTLEMENT_ALREADY_SETTLED), "already-settled");
  EXPECT_EQ(ActionWord(v1::ACTION_LOCKOUT), "LOCKOUT");
  EXPECT_EQ(EnumNumber(*v1::Outcome_descriptor(), "login-complete"), v1::OUTCOME_LOGIN_COMPLETE);
  EXPECT_EQ(EnumNumber(*v1::Outcome_descriptor(), "OUTCOME_WRONG"), v1::OUTCOME_WRONG);
  EXPECT_EQ(EnumNumber(*v1::Outcome_descriptor(), "maybe"), 0);
}

TEST(WordsTest, NumbersOfANewerServerAreShown) { EXPECT_EQ(Word(static_cast<v1::Lane>(77)), "77"); }

TEST(WordsTest, DurationsAreShort) {
  EXPECT_EQ(DurationWord(absl::Minutes(15)), "15m");
  EXPECT_EQ(DurationWord(absl::Hours(1)), "1h");
  EXPECT_EQ(DurationWord(absl::Seconds(30)), "30s");
  EXPECT_EQ(DurationWord(absl::Seconds(90)), "1m30s");
  EXPECT_EQ(DurationWord(absl::Milliseconds(800)), "800ms");
  EXPECT_EQ(DurationWord(absl::Hours(24)), "24h");
  EXPECT_EQ(DurationWord(absl::Hours(24 * 30)), "30d");
  EXPECT_EQ(DurationWord(absl::Hours(51)), "2d3h");
  EXPECT_EQ(DurationWord(absl::Hours(10) + absl::Minutes(20)), "10h20m");
  EXPECT_EQ(DurationWord(absl::ZeroDuration()), "");
}

TEST(WordsTest, TimesSayHowLongFromNow) {
  google::protobuf::Timestamp stamp;
  stamp.set_seconds(1'000'000'000);  // 2001-09-09 01:46:40
  EXPECT_EQ(TimeWord(stamp), "2001-09-09 01:46:40Z");
  EXPECT_EQ(UntilWord(stamp, ToTime(stamp) - absl::Minutes(15)), "01:46:40Z (in 15m)");
  EXPECT_EQ(UntilWord(stamp, ToTime(stamp) - absl::Hours(3)), "2001-09-09 01:46:40Z (in 3h)");
  EXPECT_EQ(SinceWord(stamp, ToTime(stamp) + absl::Hours(3)), "3h ago");
}

TEST(WordsTest, DurationsOnTheCommandLineHaveUnitsAndBounds) {
  EXPECT_EQ(ParseDuration("500ms"), absl::Milliseconds(500));
  EXPECT_EQ(ParseDuration("1h30m"), absl::Minutes(90));
  for (const char* wrong : {"", "5", "0s", "-1s", "soon", "inf", "99999999h"}) {
    EXPECT_EQ(ParseDuration(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace latchkey::cli
