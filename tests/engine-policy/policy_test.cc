#include "engine/policy/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/policy_builder.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Limit kFivePerQuarter{.above = 5, .window = 15min, .then = Consequence::kChallenge};

std::vector<std::string> PathsOf(PolicySpec spec) {
  std::vector<Diagnostic> diagnostics;
  const auto policy = Policy::Compile(std::move(spec), 1, diagnostics);
  EXPECT_EQ(policy == nullptr, !diagnostics.empty());
  std::vector<std::string> paths;
  for (const Diagnostic& d : diagnostics) paths.push_back(d.path);
  return paths;
}

const Step* StepOf(const Policy& policy, Lane lane, std::string_view rule) {
  for (const Step& step : policy.program(lane)) {
    for (const AppliedLimit& limit : step.limits) {
      if (policy.RuleName(lane, limit) == rule) return &step;
    }
  }
  return nullptr;
}

TEST(PolicyTest, ASharedAddressMustNotNameASuspectByItself) {
  PolicySpec spec = StorefrontSpec();
  spec.detect.suspects = {.confidence = 0.8, .prior = 0.05, .same_address = 75};  // 75 / 19 < 0.8 / 0.2
  EXPECT_THAT(PathsOf(spec), IsEmpty());
  spec.detect.suspects.same_address = 77;
  EXPECT_THAT(PathsOf(spec), ElementsAre("detect.suspects"));
}

TEST(PolicyTest, SharesOfEverybodySayNothingAndAreRefused) {
  PolicySpec spec = StorefrontSpec();
  spec.detect.lockout_sabotage.again = 1;
  spec.detect.lockout_sabotage.stakes = 1;
  EXPECT_THAT(PathsOf(spec), ElementsAre("detect.lockout_sabotage.again", "detect.lockout_sabotage.stakes"));
}

TEST(PolicyTest, AStakeOnlyEverHasStrangersChallengedInAWindow) {
  PolicySpec spec = StorefrontSpec();
  spec.stakes.limits = {{.above = 0, .window = 15min, .then = Consequence::kChallenge}};
  EXPECT_THAT(PathsOf(spec), IsEmpty());
  spec.stakes.limits = {{.above = 1, .window = 15min, .then = Consequence::kThrottle, .wait = {1s, 1, 1s}},
                        {.above = 1, .window = 15min, .then = Consequence::kLockout},
                        {.above = 1, .then = Consequence::kChallenge},
                        {.above = 1001, .window = 15min, .then = Consequence::kChallenge}};
  EXPECT_THAT(PathsOf(spec), ElementsAre("stakes.limits[0].then", "stakes.limits[1].then",
                                         "stakes.limits[2].in", "stakes.limits[3].above"));
}

TEST(PolicyTest, ARuleMustNotBeCalledAsStakesAre) {
  PolicySpec spec = StorefrontSpec();
  spec.rules.push_back(FailureRule("stakes", {KeyKind::kAccount}, {Lane::kStranger}, {kFivePerQuarter}));
  EXPECT_THAT(PathsOf(spec), IsEmpty());
  spec.stakes.limits = {kFivePerQuarter};
  EXPECT_THAT(PathsOf(spec), ElementsAre("stakes"));
}

// What is charged, and how many bytes an account takes, must not tell one account from another.
TEST(PolicyTest, AStakeReadsACountThatIsThereWithoutIt) {
  const auto usual = MustCompile(StorefrontSpec());
  EXPECT_FALSE(usual->heeds_stakes());
  PolicySpec spec = StorefrontSpec();
  spec.stakes.limits = {kFivePerQuarter};
  const auto policy = MustCompile(spec);
  ASSERT_TRUE(policy->heeds_stakes());
  EXPECT_EQ(policy->counters().size(), usual->counters().size()) << "the budget of strangers has it already";
  const std::vector<Step>& calm = policy->program(Lane::kStranger);
  const std::vector<Step>& staked = policy->program_at_stake();
  ASSERT_EQ(calm.size(), staked.size());
  int more = 0;
  for (size_t i = 0; i < calm.size(); ++i) {
    EXPECT_EQ(calm[i].counter, staked[i].counter);
    EXPECT_EQ(calm[i].charged, staked[i].charged);
    EXPECT_TRUE(calm[i].ask.windows == staked[i].ask.windows);
    more += static_cast<int>(staked[i].limits.size() - calm[i].limits.size());
    for (const AppliedLimit& limit : calm[i].limits) EXPECT_FALSE(limit.of_stake());
  }
  EXPECT_EQ(more, 1);
}

TEST(PolicyTest, EveryLaneChargesItsOwnBudget) {
  const auto policy = MustCompile(StorefrontSpec());
  for (Lane lane : kAllLanes) {
    const Step* step = StepOf(*policy, lane, std::string("lanes.") + std::string(LaneName(lane)));
    ASSERT_NE(step, nullptr) << LaneName(lane);
    EXPECT_TRUE(step->charged);
    EXPECT_EQ(step->place, lane <= Lane::kFamiliar ? Place::kSlot : Place::kOnly);
  }
}

TEST(PolicyTest, NoLaneReadsWhatAnotherLaneIsCharged) {
  const auto policy = MustCompile(StorefrontSpec());
  for (Lane lane : {Lane::kDevice, Lane::kRecovered, Lane::kFamiliar}) {
    for (const Step& step : policy->program(lane)) {
      const Counter& counter = policy->counters()[static_cast<size_t>(step.counter)];
      EXPECT_TRUE(step.charged || !counter.when.factors.empty()) << LaneName(lane);
    }
  }
}

TEST(PolicyTest, ARuleLimitsTheLanesItCountsUnlessItSaysOtherwise) {
  PolicySpec spec = StorefrontSpec();
  spec.rules.push_back(FailureRule("five", {KeyKind::kAccount}, {Lane::kStranger}, {kFivePerQuarter}));
  spec.rules.push_back(
      FailureRule("all", {KeyKind::kAccount}, {Lane::kStranger, Lane::kDevice}, {kFivePerQuarter}));
  spec.rules.back().limits.front().to = LaneSet::All();
  const auto policy = MustCompile(spec);
  EXPECT_NE(StepOf(*policy, Lane::kStranger, "five"), nullptr);
  EXPECT_EQ(StepOf(*policy, Lane::kDevice, "five"), nullptr);
  const Step* familiar = StepOf(*policy, Lane::kFamiliar, "all");
  ASSERT_NE(familiar, nullptr);
  EXPECT_FALSE(familiar->charged);
  EXPECT_TRUE(StepOf(*policy, Lane::kDevice, "all")->charged);
}

TEST(PolicyTest, CountsSurviveAChangeOfLimits) {
  PolicySpec before = StorefrontSpec();
  before.rules.push_back(FailureRule("five", {KeyKind::kAccount}, {Lane::kStranger}, {kFivePerQuarter}));
  PolicySpec after = before;
  after.rules.front().id = "seven";
  after.rules.front().limits.front().limit.above = 7;
  after.rules.front().limits.front().limit.window = 2h;
  const auto a = MustCompile(before);
  const auto b = MustCompile(after);
  const auto signature = [](const Policy& p, std::string_view rule) {
    return p.counters()[static_cast<size_t>(StepOf(p, Lane::kStranger, rule)->counter)].signature;
  };
  EXPECT_EQ(signature(*a, "five"), signature(*b, "seven"));
}

TEST(PolicyTest, CountsThatEndOtherwiseAreOtherCounts) {
  Limit ever{.above = 5, .window = 0ms, .then = Consequence::kLockout};
  Limit quiet = ever;
  quiet.quiet = 12h;
  PolicySpec spec = StorefrontSpec();
  spec.rules.push_back(FailureRule("ever", {KeyKind::kAccount}, {Lane::kStranger}, {ever}));
  spec.rules.back().limits.front().until = Until::kSuccess;
  spec.rules.push_back(FailureRule("quiet", {KeyKind::kAccount}, {Lane::kStranger}, {quiet}));
  spec.rules.push_back(FailureRule("popular", {KeyKind::kAccount}, {Lane::kStranger}, {quiet}));
  spec.rules.back().when.popular_password = true;
  const auto policy = MustCompile(spec);
  const auto counter = [&](std::string_view rule) {
    return policy->counters()[static_cast<size_t>(StepOf(*policy, Lane::kStranger, rule)->counter)];
  };
  EXPECT_EQ(counter("ever").horizon, 0ms);
  EXPECT_EQ(counter("quiet").horizon, 12h);
  EXPECT_NE(counter("ever").signature, counter("quiet").signature);
  EXPECT_NE(counter("popular").signature, counter("quiet").signature);
}

TEST(PolicyTest, SignaturesAreDistinctAndLeaveTheReservedOnesAlone) {
  PolicySpec spec = StorefrontSpec();
  spec.rules.push_back(FailureRule("host", {KeyKind::kSource}, {Lane::kStranger}, {kFivePerQuarter}));
  spec.rules.push_back(FailureRule("net", {KeyKind::kNetwork}, {Lane::kStranger}, {kFivePerQuarter}));
  const auto policy = MustCompile(spec);
  std::set<uint16_t> seen;
  for (const Counter& counter : policy->counters()) {
    EXPECT_GT(counter.signature & 0x3FFF, 15);
    EXPECT_TRUE(seen.insert(counter.signature).second);
  }
}

TEST(PolicyTest, AddressesAreCountedInTheirOwnShardAndTenantsOnTheNode) {
  PolicySpec spec = StorefrontSpec();
  spec.rules.push_back(
      FailureRule("pair", {KeyKind::kAccount, KeyKind::kSource}, {Lane::kStranger}, {kFivePerQuarter}));
  spec.rules.push_back(
      FailureRule("host", {KeyKind::kSource, KeyKind::kNetwork}, {Lane::kStranger}, {kFivePerQuarter}));
  spec.rules.push_back(FailureRule("tenant", {KeyKind::kTenant}, {Lane::kStranger}, {kFivePerQuarter}));
  const auto policy = MustCompile(spec);
  const auto shard = [&](std::string_view rule) {
    return policy->counters()[static_cast<size_t>(StepOf(*policy, Lane::kStranger, rule)->counter)].shard;
  };
  EXPECT_EQ(shard("pair"), Shard::kAccount);
  EXPECT_EQ(StepOf(*policy, Lane::kStranger, "pair")->place, Place::kTable);
  EXPECT_EQ(shard("host"), Shard::kSource);
  EXPECT_EQ(StepOf(*policy, Lane::kStranger, "host")->place, Place::kHost);
  EXPECT_EQ(shard("tenant"), Shard::kNode);
}

TEST(PolicyTest, AStrangersPairNeverTakesThePlaceOfASlot) {
  for (Lane lane : kAllLanes) {
    for (uint64_t hash = 0; hash < 64; ++hash) EXPECT_GE(TablePlace(lane, hash), 32);
  }
}

TEST(PolicyCheckTest, EverythingThatIsWrongIsSaidAtOnce) {
  PolicySpec spec = StorefrontSpec();
  spec.version = 2;
  spec.name = "Store Front";
  spec.stranger.failures.clear();
  spec.device.devices = 0;
  spec.accept_risk = {"P12"};
  spec.rules.push_back(FailureRule("", {}, {}, {}));
  EXPECT_THAT(PathsOf(spec),
              ElementsAre("version", "name", "lanes.stranger", "lanes.device.devices", "accept_risk",
                          "rules[0].id", "rules[0].by", "rules[0].from", "rules[0].limits"));
}

TEST(PolicyCheckTest, LimitsThatContradictThemselvesAreRefused) {
  PolicySpec spec = StorefrontSpec();
  const Limit throttle{.above = 5, .window = 1h, .then = Consequence::kThrottle};
  const Limit held{.above = 5, .window = 1h, .then = Consequence::kChallenge, .hold = 1h};
  const Limit ever{.above = 5, .window = 0ms, .then = Consequence::kLockout};
  const Limit century{
      .above = 5, .window = 36500 * kDay, .then = Consequence::kLockout, .hold = 21900 * kDay};
  spec.rules.push_back(
      FailureRule("bad", {KeyKind::kAccount}, {Lane::kStranger}, {throttle, held, ever, century}));
  EXPECT_THAT(PathsOf(spec),
              ElementsAre("rules[0].limits[0].wait", "rules[0].limits[1].for", "rules[0].limits[2].until",
                          "rules[0].limits[3].in", "rules[0].limits[3].for"));
}

TEST(PolicyCheckTest, ADeviceIsOnlyCountedInItsOwnLane) {
  PolicySpec spec = StorefrontSpec();
  spec.rules.push_back(FailureRule("devices", {KeyKind::kDevice}, {Lane::kStranger}, {kFivePerQuarter}));
  EXPECT_THAT(PathsOf(spec), ElementsAre("rules[0].from"));
}

TEST(PolicyCheckTest, APolicyWhoseRecordsGrowTooLargeIsRefused) {
  PolicySpec spec = StorefrontSpec();
  spec.device.devices = 32;
  spec.device.consecutive = 1000;
  std::vector<Diagnostic> diagnostics;
  EXPECT_EQ(Policy::Compile(spec, 1, diagnostics), nullptr);
  ASSERT_THAT(diagnostics, SizeIs(1));
  EXPECT_THAT(diagnostics.front().message, HasSubstr("packed value"));
}

}  // namespace
}  // namespace latchkey
