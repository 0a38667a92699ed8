// The load generator on real servers, for a moment each: answers come, and what is told of them is possible.
// How fast is no test's business: it depends on the machine. `./dev load` tells that.
#include <gtest/gtest.h>

#include "load-tests/measurement.h"

namespace latchkey::load {
namespace {

using namespace std::chrono_literals;

Programs TheseBuilds() {
  return {
      .floor = LATCHKEY_FLOOR_PROGRAM, .latchkeyd = LATCHKEYD_PROGRAM, .policy_file = LATCHKEY_POLICY_FILE};
}

Workload Small(std::string_view name) {
  WorkloadShape shape = FindWorkload(name).value();
  shape.accounts = std::min(shape.accounts, 20'000);
  return Workload(shape);
}

Load Brief() {
  return {.connections = 2, .in_flight = 8, .rate = 200, .warm_up = 200ms, .measured = 700ms, .timeout = 10s};
}

void ExpectPossible(const Measurement& measured) {
  const Tally& tally = measured.tally;
  EXPECT_GT(tally.answered, 0);
  EXPECT_EQ(tally.failed(), 0);
  EXPECT_EQ(tally.latency.count(), tally.answered);
  EXPECT_GT(tally.latency.Percentile(50), 0ns);
  EXPECT_LE(tally.latency.Percentile(50), tally.latency.Percentile(99));
  EXPECT_LE(tally.latency.Percentile(99), tally.latency.max());
  EXPECT_LT(tally.latency.max(), 10s);
  EXPECT_GT(measured.server_cpu, 0ns);
  EXPECT_GT(measured.requests_per_cpu_second(), 0);
}

class LoadSmokeTest : public testing::TestWithParam<SubjectKind> {};

TEST_P(LoadSmokeTest, AClosedLoopIsAnsweredWithoutErrors) {
  const auto measured = Measure(GetParam(), Loop::kClosed, TheseBuilds(), Small("assess"), Brief());
  ASSERT_TRUE(measured.ok()) << measured.status();
  ExpectPossible(*measured);
  EXPECT_GT(measured->tally.allowed_share(), 0.9);
}

TEST_P(LoadSmokeTest, AnOpenLoopSendsAsManyAsItsRateSays) {
  const auto measured = Measure(GetParam(), Loop::kOpen, TheseBuilds(), Small("assess"), Brief());
  ASSERT_TRUE(measured.ok()) << measured.status();
  ExpectPossible(*measured);
  EXPECT_NEAR(static_cast<double>(measured->tally.answered), 140, 1);  // 200 a second for 0.7 s
}

TEST_P(LoadSmokeTest, AdmittedAttemptsAreReported) {
  const auto measured = Measure(GetParam(), Loop::kClosed, TheseBuilds(), Small("login"), Brief());
  ASSERT_TRUE(measured.ok()) << measured.status();
  ExpectPossible(*measured);
  EXPECT_GT(measured->tally.reported, 0);
}

INSTANTIATE_TEST_SUITE_P(Subjects, LoadSmokeTest,
                         testing::Values(SubjectKind::kFloor, SubjectKind::kMemory, SubjectKind::kRedis),
                         [](const auto& tested) { return std::string(SubjectName(tested.param)); });

TEST(AttackTest, IsMostlyRefused) {
  const auto measured = Measure(SubjectKind::kMemory, Loop::kClosed, TheseBuilds(), Small("attack"), Brief());
  ASSERT_TRUE(measured.ok()) << measured.status();
  ExpectPossible(*measured);
  EXPECT_LT(measured->tally.allowed_share(), 0.5);
}

TEST(ConverseTest, FramesAreAnsweredItemByItem) {
  Load load = Brief();
  load.frame_items = 16;
  load.in_flight = 64;
  const auto measured = Measure(SubjectKind::kMemory, Loop::kConverse, TheseBuilds(), Small("assess"), load);
  ASSERT_TRUE(measured.ok()) << measured.status();
  ExpectPossible(*measured);
  EXPECT_GT(measured->tally.allowed_share(), 0.9);
}

TEST(RedisCommandsTest, AtMostTwoAnAssessAndTwoAReport) {
  const auto commands = MeasureRedisCommands(TheseBuilds());
  ASSERT_TRUE(commands.ok()) << commands.status();
  EXPECT_GE(commands->per_assess, 1);
  EXPECT_LE(commands->per_assess, 2);
  EXPECT_GE(commands->per_report, 1);
  EXPECT_LE(commands->per_report, 2);
}

TEST(SubjectTest, SaysWhatIsMissing) {
  Programs programs = TheseBuilds();
  programs.floor = "/nonexistent/floor";
  EXPECT_EQ(Subject::Start(SubjectKind::kFloor, programs).status().code(), absl::StatusCode::kNotFound);
}

TEST(SubjectTest, TellsWhatAServerSaidThatDoesNotStart) {
  Programs programs = TheseBuilds();
  programs.floor = "/bin/false";
  EXPECT_EQ(Subject::Start(SubjectKind::kFloor, programs).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace latchkey::load
