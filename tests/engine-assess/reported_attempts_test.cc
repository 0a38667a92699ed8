#include "engine/assess/reported_attempts.h"

#include <gtest/gtest.h>

namespace latchkey {
namespace {

using namespace std::chrono_literals;
using Known = ReportedAttempts::Known;
using Word = ReportedAttempts::Word;

constexpr TimePoint kStart{std::chrono::hours(24 * 365 * 50)};
constexpr Duration kLife = 2min;
constexpr Key kAccount{.high = 1, .low = 99};

TEST(ReportedAttemptsTest, TheFirstWordIsTheOneThatIsKept) {
  ReportedAttempts reported(kLife);
  EXPECT_EQ(reported.Note(kAccount, 1, Word::kFailed, kStart), Known::kNothing);
  EXPECT_EQ(reported.Note(kAccount, 1, Word::kOther, kStart), Known::kFailed);
  EXPECT_EQ(reported.Note(kAccount, 1, Word::kFailed, kStart), Known::kFailed);
  EXPECT_EQ(reported.Note(kAccount, 2, Word::kOther, kStart), Known::kNothing);
  EXPECT_EQ(reported.Note(kAccount, 2, Word::kFailed, kStart), Known::kOther);
}

TEST(ReportedAttemptsTest, AnotherAccountOrAttemptIsAnother) {
  ReportedAttempts reported(kLife);
  (void)reported.Note(kAccount, 1, Word::kFailed, kStart);
  EXPECT_EQ(reported.Note({.high = 1, .low = 100}, 1, Word::kFailed, kStart), Known::kNothing);
  EXPECT_EQ(reported.Note(kAccount, 3, Word::kFailed, kStart), Known::kNothing);
}

TEST(ReportedAttemptsTest, AReportIsKnownForTheLifeOfATokenWheneverItComes) {
  for (const Duration into : {0ms, 1000ms, 119'999ms}) {
    ReportedAttempts reported(kLife);
    (void)reported.Note(kAccount, 1, Word::kOther, kStart);
    (void)reported.Note(kAccount, 2, Word::kFailed, kStart + into);
    EXPECT_EQ(reported.Note(kAccount, 2, Word::kOther, kStart + into + kLife), Known::kFailed);
    EXPECT_EQ(reported.Note(kAccount, 2, Word::kOther, kStart + into + 4 * kLife), Known::kNothing);
  }
}

TEST(ReportedAttemptsTest, WhenTooManyCameItSaysSoAndForgetsNone) {
  ReportedAttempts reported(kLife, /*kept=*/64);
  uint64_t noted = 0;
  uint64_t last = 0;
  for (uint64_t i = 0; i < 1'000; ++i) {
    if (reported.Note({.high = 1, .low = i * 0x9E3779B97F4A7C15ULL}, i, Word::kFailed, kStart) !=
        Known::kNothing)
      continue;
    ++noted;
    last = i;
  }
  EXPECT_LT(noted, 100U);
  EXPECT_EQ(reported.Note({.high = 1, .low = 0}, 0, Word::kFailed, kStart), Known::kFailed);
  EXPECT_EQ(reported.Note({.high = 1, .low = last * 0x9E3779B97F4A7C15ULL}, last, Word::kFailed, kStart),
            Known::kFailed);
  EXPECT_EQ(reported.Note(kAccount, 7, Word::kFailed, kStart + 4 * kLife), Known::kNothing) << "room again";
}

TEST(ReportedAttemptsTest, AClockSetBackForgetsAndGoesOn) {
  ReportedAttempts reported(kLife);
  (void)reported.Note(kAccount, 1, Word::kFailed, kStart);
  EXPECT_EQ(reported.Note(kAccount, 1, Word::kFailed, kStart - 1h), Known::kNothing);
  EXPECT_EQ(reported.Note(kAccount, 1, Word::kFailed, kStart - 1h), Known::kFailed);
}

}  // namespace
}  // namespace latchkey
