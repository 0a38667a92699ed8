#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "load-tests/capacity.h"
#include "load-tests/figures.h"
#include "load-tests/page_section.h"
#include "load-tests/report_page.h"
#include "load-tests/report_table.h"

namespace latchkey::load {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

Measurement Round(Nanos server, Nanos redis = Nanos{0}) {
  Measurement round;
  round.tally.answered = 1000;
  round.tally.reported = 500;
  round.tally.actions[v1::ACTION_ALLOW] = 500;
  round.tally.span = std::chrono::seconds(1);
  for (int i = 1; i <= 1000; ++i) round.tally.latency.Add(std::chrono::microseconds(i));
  round.server_cpu = server;
  round.redis_cpu = redis;
  return round;
}

std::string Compared() {
  Comparison comparison;
  comparison.trials["floor"] = {Round(milliseconds(15))};
  comparison.trials["memory"] = {Round(milliseconds(20))};
  comparison.trials["memory paced"] = {Round(milliseconds(20))};
  comparison.trials["redis login"] = {Round(milliseconds(25), milliseconds(10))};
  comparison.trials["redis login converse"] = {Round(milliseconds(5), milliseconds(10))};
  comparison.commands = RedisCommands{.assess_stranger = 1, .assess_device = 1, .report_success = 1};
  comparison.peers = {
      {.kind = {.name = "<other> & sons"}, .version = "v1", .rounds = {Round(milliseconds(80))}},
      {.kind = {.name = "absentee"}, .absent = "no npm"}};
  return CompareJson({}, comparison);
}

TEST(CompareTableTest, HasARowForEachFigureWithItsTargetAndWhetherItIsReached) {
  const auto table = CompareTable(Compared());
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_THAT(*table,
              HasSubstr("| Assess, unary, memory / no-op | 0.75 (0.75 to 0.75) | at least 0.85 | no |"));
  EXPECT_THAT(*table, HasSubstr("| Assess of a stranger | 1.00 | not measured |"));
  EXPECT_THAT(*table, HasSubstr("| absentee | absent | | |"));
}

TEST(CompareTableTest, RefusesWhatIsNoComparison) {
  EXPECT_EQ(CompareTable("{}").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CompareTable("no JSON").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ReportPageTest, NeedsNothingFromOutsideAndEscapesNames) {
  const auto page = ReportPage(Compared());
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(*page, HasSubstr("<svg"));
  EXPECT_THAT(*page, HasSubstr("&lt;other&gt; &amp; sons"));
  for (const char* outside : {"http:", "https:", "src=", "href=", "<script", "@import", "url("})
    EXPECT_THAT(*page, Not(HasSubstr(outside)));
}

TEST(ReportPageTest, ShowsProfilesToo) {
  const auto page = ReportPage(
      R"({"profiles": [{"name": "a-day", "what": "calm", "rate": 10, "crowds": ["all"], "runs": []}]})");
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(*page, HasSubstr("<h2>a-day</h2>"));
  EXPECT_EQ(ReportPage("{}").status().code(), absl::StatusCode::kInvalidArgument);
}

constexpr char kScaling[] = R"({"shards": {
  "each": [{"shards": 1, "redis_us_per_login": {"median": 25.0}, "bytes_per_key": {"median": 400.0}},
           {"shards": 3, "redis_us_per_login": {"median": 30.0}, "bytes_per_key": {"median": 320.0}}],
  "alone": {"redis_us_per_login": {"median": 60.0}}}})";

TEST(CapacityModelTest, NodesAndShardsFollowFromWhatWasMeasured) {
  const auto model = CapacityModel(Compared(), kScaling);
  ASSERT_TRUE(model.ok()) << model.status();
  // A login by Converse is 10 µs: at 100 000 a second one processor, of which 4.8 may be busy a node; and a
  // spare. Shards: 3 processors at 30 µs are five at 0.6, 6 at 60 µs are ten.
  EXPECT_THAT(*model, HasSubstr("| 100 000 | 3 | 2 | 5 | 10 |"));
  // Unary 50 µs: 500 processors of 4.8 a node, and a spare; by Converse 100.
  EXPECT_THAT(*model, HasSubstr("| 10 000 000 | 106 | 22 | 500 | 1 000 |"));
  EXPECT_THAT(*model, HasSubstr("| the processors of one Redis | 20 000 |"));
}

TEST(CapacityModelTest, RefusesMeasurementsThatLackWhatItNeeds) {
  EXPECT_EQ(CapacityModel("{}", kScaling).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CapacityModel(Compared(), "{}").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(PageSectionTest, OnlyWhatStandsBetweenTheTwoCommentsIsWrittenAnew) {
  const auto page = WithSection("before\n<!-- table: made by a command -->\nold\n<!-- /table -->\nafter\n",
                                "table", "new\n");
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(*page, "before\n<!-- table: made by a command -->\n\nnew\n\n<!-- /table -->\nafter\n");
  EXPECT_EQ(*WithSection(*page, "table", "new\n"), *page);
  EXPECT_EQ(WithSection("<!-- table: -->\n", "table", "new").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace latchkey::load
