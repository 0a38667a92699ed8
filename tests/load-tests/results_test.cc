#include "load-tests/results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace latchkey::load {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Measurement Round(int64_t answered, Nanos cpu) {
  Measurement round;
  round.tally.answered = answered;
  round.tally.actions[v1::ACTION_ALLOW] = answered;
  round.tally.span = std::chrono::seconds(1);
  round.tally.latency.Add(std::chrono::microseconds(100));
  round.server_cpu = cpu;
  return round;
}

Results WithMemoryCpu(Nanos cpu) {
  using std::chrono::milliseconds;
  Results results;
  results.closed.push_back(Summarize(SubjectKind::kFloor, {Round(1000, milliseconds(10))}));
  results.closed.push_back(Summarize(SubjectKind::kMemory, {Round(1000, cpu)}));
  return results;
}

TEST(ResultsTest, ComparesRequestsPerCpuSecondWithTheFloor) {
  const Results results = WithMemoryCpu(std::chrono::microseconds(11'111));
  EXPECT_DOUBLE_EQ(results.closed[0].cpu_us_per_request, 10);
  EXPECT_DOUBLE_EQ(results.RatioToFloor(results.closed[0]), 1);
  EXPECT_NEAR(results.RatioToFloor(results.closed[1]), 0.9, 1e-4);
  EXPECT_THAT(results.Missed(), IsEmpty());
  EXPECT_THAT(ToTable(results), HasSubstr("0.90"));
  EXPECT_THAT(ToJson(results), HasSubstr(R"("ratio_to_floor": 0.9)"));
}

TEST(ResultsTest, SaysWhichTargetIsMissed) {
  Results results = WithMemoryCpu(std::chrono::milliseconds(20));
  results.redis_commands = RedisCommands{.assess_stranger = 1, .report_success = 3, .names = {"evalsha"}};
  EXPECT_THAT(results.Missed(), SizeIs(2));
  EXPECT_THAT(ToTable(results), HasSubstr("MISSED: requests per CPU-second on memory are 0.50"));
}

TEST(ResultsTest, TakesTheMedianOfItsRounds) {
  using std::chrono::milliseconds;
  const Summary summary = Summarize(
      SubjectKind::kMemory,
      {Round(1000, milliseconds(90)), Round(1000, milliseconds(10)), Round(1000, milliseconds(12))});
  EXPECT_DOUBLE_EQ(summary.cpu_us_per_request, 12);
  EXPECT_EQ(summary.latency.count(), 3);
}

TEST(ResultsTest, FailedCallsAreATargetMissed) {
  Results results = WithMemoryCpu(std::chrono::milliseconds(10));
  results.closed[1].failed = 4;
  EXPECT_THAT(results.Missed(), SizeIs(1));
}

}  // namespace
}  // namespace latchkey::load
