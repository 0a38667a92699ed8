#include "adapters/policy_file/suggest.h"

#include <gtest/gtest.h>

#include <array>

namespace latchkey {
namespace {

constexpr std::array<std::string_view, 4> kKnown = {"above", "in", "then", "for"};

TEST(EditDistanceTest, CountsLettersToMend) {
  EXPECT_EQ(EditDistance("above", "above"), 0U);
  EXPECT_EQ(EditDistance("abov", "above"), 1U);
  EXPECT_EQ(EditDistance("aboev", "above"), 1U) << "two neighbours swapped";
  EXPECT_EQ(EditDistance("", "in"), 2U);
  EXPECT_EQ(EditDistance("stranger", "strangers"), 1U);
}

TEST(SuggestTest, NamesTheNearestOrAll) {
  EXPECT_EQ(Suggest("abov", kKnown), "did you mean 'above'?");
  EXPECT_EQ(Suggest("thne", kKnown), "did you mean 'then'?");
  EXPECT_EQ(Suggest("threshold", kKnown), "one of: above, in, then, for");
  EXPECT_EQ(Suggest(std::string(1'000'000, 'a'), kKnown), "one of: above, in, then, for");
}

}  // namespace
}  // namespace latchkey
