#include "engine/stats/active_refusals.h"

#include <gtest/gtest.h>

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr TimePoint kNow{hours(24 * 365 * 50)};

ActiveRefusal Of(uint64_t account, TimePoint seen, std::optional<TimePoint> until) {
  return {.lane = Lane::kStranger,
          .subject = {0, account},
          .rule = "stranger-guesses",
          .action = Action::kLockout,
          .until = until,
          .seen = seen,
          .refused = 1};
}

TEST(ActiveRefusalsTest, ARefusalIsInForceUntilItsEndAndNoLonger) {
  ActiveRefusals refusals(10);
  refusals.Add(Of(1, kNow, kNow + minutes(5)), kNow);
  EXPECT_EQ(refusals.List(kNow + minutes(5) - Duration(1)).size(), 1U);
  EXPECT_EQ(refusals.List(kNow + minutes(5)).size(), 0U);
}

TEST(ActiveRefusalsTest, OneWithoutAnEndIsShownForADayAfterItWasMet) {
  ActiveRefusals refusals(10);
  refusals.Add(Of(1, kNow, std::nullopt), kNow);
  refusals.Add(Of(1, kNow + hours(20), std::nullopt), kNow + hours(20));
  EXPECT_EQ(refusals.List(kNow + hours(43)).size(), 1U);
  EXPECT_EQ(refusals.List(kNow + hours(44)).size(), 0U);
}

TEST(ActiveRefusalsTest, TheLatestWordCountsAndRefusalsAddUp) {
  ActiveRefusals refusals(10);
  refusals.Add(Of(1, kNow, kNow + minutes(5)), kNow);
  refusals.Add(Of(2, kNow + seconds(1), kNow + minutes(5)), kNow);
  refusals.Add(Of(1, kNow + seconds(2), kNow + minutes(9)), kNow);
  refusals.Add(Of(1, kNow - seconds(9), kNow + minutes(1)), kNow);  // late news
  const auto list = refusals.List(kNow + seconds(3));
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].subject, (Key{0, 1})) << "the latest seen first";
  EXPECT_EQ(list[0].until, kNow + minutes(9));
  EXPECT_EQ(list[0].refused, 3);
}

TEST(ActiveRefusalsTest, AFloodFillsItAndIsCountedAndWhatEndsMakesRoom) {
  ActiveRefusals refusals(100);
  for (uint64_t i = 0; i < 1000; ++i) refusals.Add(Of(i, kNow, kNow + minutes(1)), kNow);
  EXPECT_EQ(refusals.size(), 100U);
  EXPECT_EQ(refusals.left_out(), 900);
  refusals.Add(Of(5000, kNow + minutes(2), kNow + minutes(9)), kNow + minutes(2));
  EXPECT_EQ(refusals.size(), 1U);
  EXPECT_EQ(refusals.left_out(), 900);
}

TEST(ActiveRefusalsTest, ThoseOfTwoNodesAreOneList) {
  const auto merged = Merge(std::vector<std::vector<ActiveRefusal>>{
      {Of(1, kNow, kNow + minutes(5)), Of(2, kNow, kNow + minutes(1))},
      {Of(1, kNow + seconds(1), kNow + minutes(6))}});
  ASSERT_EQ(merged.size(), 2U);
  EXPECT_EQ(merged[0].until, kNow + minutes(6));
  EXPECT_EQ(merged[0].refused, 2);
}

}  // namespace
}  // namespace latchkey
