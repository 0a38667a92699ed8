// The load generator on real servers, for a moment each: answers come, and what is told of them is possible.
// How fast is no test's business: it depends on the machine. `./dev load` tells that.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "load-tests/many_rules.h"
#include "load-tests/measurement.h"
#include "load-tests/profile.h"
#include "load-tests/redis_commands.h"

namespace latchkey::load {
namespace {

using namespace std::chrono_literals;

Programs TheseBuilds() {
  return {
      .floor = LATCHKEY_FLOOR_PROGRAM, .latchkeyd = LATCHKEYD_PROGRAM, .policy_file = LATCHKEY_POLICY_FILE};
}

Workload Small(std::string_view name) {
  WorkloadShape shape = FindWorkload(name).value();
  shape.crowds[0].accounts = std::min(shape.crowds[0].accounts, 20'000);
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
  // Not the small one: in frames so many are sent that few addresses would soon be refused.
  const Workload all(FindWorkload("assess").value());
  const auto measured = Measure(SubjectKind::kMemory, Loop::kConverse, TheseBuilds(), all, load);
  ASSERT_TRUE(measured.ok()) << measured.status();
  ExpectPossible(*measured);
  EXPECT_GT(measured->tally.allowed_share(), 0.9);
}

TEST(ConverseTest, WhatIsAdmittedIsReported) {
  Load load = Brief();
  load.frame_items = 16;
  load.in_flight = 64;
  const auto measured = Measure(SubjectKind::kMemory, Loop::kConverse, TheseBuilds(), Small("login"), load);
  ASSERT_TRUE(measured.ok()) << measured.status();
  ExpectPossible(*measured);
  EXPECT_GT(measured->tally.reported, 0);
  EXPECT_GT(measured->cpu_us_per_login(), measured->cpu_us_per_request());
}

// What may be asked is exact; a node asks a little of its own meanwhile.
TEST(RedisCommandsTest, OneServerIsAskedOnceForAnAssessAndNothingForWhatIsRefusedOrWrong) {
  const auto commands = MeasureRedisCommands(TheseBuilds());
  ASSERT_TRUE(commands.ok()) << commands.status();
  EXPECT_NEAR(commands->assess_device, 1, 0.1);
  EXPECT_GE(commands->assess_stranger, 1);
  EXPECT_LE(commands->assess_stranger, 2.1);
  EXPECT_GE(commands->report_success, 1);
  EXPECT_LE(commands->report_success, 2.1);
  EXPECT_NEAR(commands->refused_repeat, 0, 0.1);
}

TEST(RedisCommandsTest, AClusterIsAskedTwiceForAStrangerAndOnceForADevice) {
  Programs programs = TheseBuilds();
  programs.redis_primaries = 1;
  const auto commands = MeasureRedisCommands(programs);
  ASSERT_TRUE(commands.ok()) << commands.status();
  EXPECT_NEAR(commands->assess_device, 1, 0.1);
  EXPECT_NEAR(commands->assess_stranger, 2, 0.1);
}

// A day of each kind for a moment: owners get in, whatever else happens.
TEST(ProfileTest, OwnersOnTheirDevicesAreAdmittedWhileAnAttackIsRefused) {
  auto profile = ReadProfile(LATCHKEY_PROFILES "/mixed.yaml");
  ASSERT_TRUE(profile.ok()) << profile.status();
  profile->shape.crowds[0].accounts = 300;
  profile->shape.crowds[1].accounts = 5;  // So that they come to their limits within the moment.
  Load load = Brief();
  load.in_flight = 16;
  load.rate = 1000;
  for (const Loop loop : {Loop::kClosed, Loop::kOpen}) {
    const auto measured = Measure(SubjectKind::kMemory, loop, TheseBuilds(), Workload(profile->shape), load);
    ASSERT_TRUE(measured.ok()) << measured.status();
    ExpectPossible(*measured);
    const std::vector<CrowdTally>& crowds = measured->tally.crowds;
    ASSERT_EQ(crowds.size(), 2);
    EXPECT_GT(crowds[0].assessed, 0);
    EXPECT_EQ(crowds[0].allowed, crowds[0].assessed);
    EXPECT_LT(crowds[1].allowed, crowds[1].assessed);
  }
}

// Without it, the comparison's row "100 rules" would silently be another one.
TEST(ManyRulesTest, AHundredRulesAreAPolicyThatLatchkeydTakes) {
  const auto text = ManyRules(LATCHKEY_POLICY_FILE, 100);
  ASSERT_TRUE(text.ok()) << text.status();
  size_t rules = 0;
  for (size_t at = text->find("\n  - id: "); at != std::string::npos; at = text->find("\n  - id: ", at + 1))
    ++rules;
  EXPECT_EQ(rules, 100);
  const std::string file = testing::TempDir() + "/many-rules.yaml";
  std::ofstream(file) << *text;
  Programs programs = TheseBuilds();
  programs.policy_file = file;
  const auto subject = Subject::Start(SubjectKind::kMemory, programs);
  EXPECT_TRUE(subject.ok()) << subject.status();
}

TEST(RedisShardsTest, ThreePrimariesShareTheKeys) {
  Programs programs = TheseBuilds();
  programs.redis_primaries = 3;
  const auto subject = Subject::Start(SubjectKind::kRedis, programs);
  ASSERT_TRUE(subject.ok()) << subject.status();
  const auto measured = MeasureOn(**subject, Loop::kClosed, Small("assess"), Brief());
  ASSERT_TRUE(measured.ok()) << measured.status();
  ExpectPossible(*measured);
  const auto keys = (*subject)->redis()->Keys();
  ASSERT_TRUE(keys.ok()) << keys.status();
  ASSERT_EQ(keys->size(), 3);
  EXPECT_GT(*std::min_element(keys->begin(), keys->end()), 0);
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
