#include "adapters/policy_file/values.h"

#include <gtest/gtest.h>

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

YamlNode Scalar(std::string text) {
  YamlNode node;
  node.kind = YamlNode::Kind::kScalar;
  node.text = std::move(text);
  return node;
}

TEST(DurationTest, ReadsUnitsFromLargeToSmall) {
  EXPECT_EQ(DurationFromText("30s"), seconds(30));
  EXPECT_EQ(DurationFromText("15m"), minutes(15));
  EXPECT_EQ(DurationFromText("24h"), hours(24));
  EXPECT_EQ(DurationFromText("90d"), hours(24 * 90));
  EXPECT_EQ(DurationFromText("1h30m"), minutes(90));
  EXPECT_EQ(DurationFromText("1d2h3m4s5ms"), hours(26) + minutes(3) + Duration(4005));
  EXPECT_EQ(DurationFromText("500ms"), Duration(500));
  EXPECT_EQ(DurationFromText("0s"), seconds(0));
}

TEST(DurationTest, ReadsNothingElse) {
  for (const char* text :
       {"", "5", "h", "5 m", "-5m", "5M", "5min", "1m1h", "1h1h", "1.5h", "5m ", "ever", "0x5m", "+5m"}) {
    EXPECT_FALSE(DurationFromText(text)) << text;
  }
}

TEST(DurationTest, NeverOverflows) {
  EXPECT_EQ(DurationFromText("3650d"), kDurationMax);
  for (const char* text :
       {"3651d", "3650d1ms", "21900d0h99999999h", "9223372036854775807ms", "99999999999999999999d"}) {
    EXPECT_FALSE(DurationFromText(text)) << text;
  }
}

TEST(ValuesTest, WholeNumbersAreDigitsOnly) {
  Problems problems;
  EXPECT_EQ(ReadWhole(Scalar("5"), "x", {}, problems), 5);
  EXPECT_TRUE(problems.empty());
  for (const char* text : {"-5", "5.0", "0", "1e3", "0x10", "five", "1000001", "99999999999999999999", ""}) {
    EXPECT_FALSE(ReadWhole(Scalar(text), "x", {}, problems)) << text;
  }
  YamlNode quoted = Scalar("5");
  quoted.quoted = true;
  EXPECT_FALSE(ReadWhole(quoted, "x", {}, problems));
}

TEST(ValuesTest, NumbersAreFiniteAndInRange) {
  Problems problems;
  EXPECT_EQ(ReadNumber(Scalar("1.5"), "x", {.min = 1, .max = 2}, problems), 1.5);
  EXPECT_TRUE(problems.empty());
  for (const char* text : {"nan", "inf", "-1", "1e9", "3", "1.2.3", ".", ""}) {
    EXPECT_FALSE(ReadNumber(Scalar(text), "x", {.min = 1, .max = 2}, problems)) << text;
  }
}

TEST(ValuesTest, CountsPerWindowInEitherForm) {
  Problems problems;
  EXPECT_EQ(ReadCountsPer(Scalar("4 per 24h"), "x", problems).at(0).count, 4);
  EXPECT_EQ(ReadCountsPer(Scalar("4 per 24h"), "x", problems).at(0).window, hours(24));
  EXPECT_TRUE(problems.empty());
  for (const char* text :
       {"4", "4 in 24h", "four per 24h", "4 per", "0 per 24h", "4 per 0s", "4 per ever", "-4 per 1h"}) {
    EXPECT_TRUE(ReadCountsPer(Scalar(text), "x", problems).empty()) << text;
  }
}

}  // namespace
}  // namespace latchkey
