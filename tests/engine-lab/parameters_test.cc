#include "engine/lab/parameters.h"

#include <gtest/gtest.h>

#include "engine/lab/catalogue.h"
#include "engine/lab/scenario.h"

namespace latchkey::lab {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): units of time

TEST(ParametersTest, TimesAreReadFromLargeUnitsToSmall) {
  EXPECT_EQ(TimeFromText("30s"), 30s);
  EXPECT_EQ(TimeFromText("1h30m"), 90min);
  EXPECT_EQ(TimeFromText("7d"), 7 * 24h);
  EXPECT_EQ(TimeFromText("500ms"), 500ms);
  EXPECT_EQ(TimeFromText("0s"), 0s);
  for (const char* wrong : {"", "5", "s", "30m1h", "1s1s", "1y", "-5s", "99999999999d", "4000d"})
    EXPECT_EQ(TimeFromText(wrong), std::nullopt) << wrong;
}

TEST(ParametersTest, TimesAreWrittenAsTheyAreRead) {
  for (const char* text : {"30s", "1h30m", "7d", "500ms", "0s", "1d1ms"})
    EXPECT_EQ(TimeText(*TimeFromText(text)), text);
}

TEST(ParametersTest, AValueOutOfBoundsIsRefusedInWords) {
  const Parameter share{
      .name = "typo", .type = Parameter::Type::kShare, .value = 0.1, .about = "", .min = 0, .max = 1};
  Values values({&share, 1});
  EXPECT_TRUE(values.Set(share, "0.5").ok());
  EXPECT_DOUBLE_EQ(values.Number("typo"), 0.5);
  EXPECT_EQ(values.Set(share, "1.5").message(), "'typo' wants a number from 0 to 1, not '1.5'");
  EXPECT_FALSE(values.Set(share, "often").ok());
  EXPECT_FALSE(values.Set(share, "nan").ok());
  EXPECT_DOUBLE_EQ(values.Number("typo"), 0.5) << "what was refused changes nothing";
}

TEST(ParametersTest, EveryActorHasAStoryAndReadableDefaults) {
  for (const ActorKind& kind : ActorKinds()) {
    EXPECT_FALSE(kind.about.empty()) << kind.name;
    EXPECT_EQ(FindActorKind(kind.name), &kind);
    for (const Parameter& parameter : kind.parameters) {
      SCOPED_TRACE(std::string(kind.name) + "." + std::string(parameter.name));
      EXPECT_FALSE(parameter.about.empty());
      Values values(kind.parameters);
      EXPECT_TRUE(values.Set(parameter, ValueText(parameter, parameter.value)).ok());
      EXPECT_DOUBLE_EQ(values.Number(parameter.name), parameter.value);
    }
  }
}

TEST(ExpectationTest, ReadsComparisonsAndNone) {
  const FigureKind& figure = *FindFigure("guesses_verified");
  Figures figures;
  EXPECT_TRUE(Check(*ParseExpectation(figure, "none"), figures).ok());
  EXPECT_FALSE(Check(*ParseExpectation(figure, "<= 100"), figures).ok()) << "there is nothing to compare";
  figures.guesses_verified = 100;
  EXPECT_TRUE(Check(*ParseExpectation(figure, "<= 100"), figures).ok());
  EXPECT_TRUE(Check(*ParseExpectation(figure, ">=100"), figures).ok());
  EXPECT_TRUE(Check(*ParseExpectation(figure, "100"), figures).ok());
  EXPECT_EQ(Check(*ParseExpectation(figure, "<= 99"), figures).message(),
            "guesses_verified is 100; expected was at most 99");
  EXPECT_FALSE(Check(*ParseExpectation(figure, "none"), figures).ok());
  EXPECT_FALSE(ParseExpectation(figure, "few").ok());
}

}  // namespace
}  // namespace latchkey::lab
