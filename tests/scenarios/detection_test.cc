// What detectors are worth on the lab's days: whom they name, whom they do not, and what they take for an
// attack on ordinary days.
#include "engine/lab/detection.h"

#include <gtest/gtest.h>

#include "tests/scenarios/lab_test.h"

namespace latchkey::lab {
namespace {

constexpr uint64_t kSeed = 1;
constexpr char kFolder[] = LATCHKEY_ROOT "/tests/scenarios/";

// Three nodes, and each call reaches any of them.
constexpr Fleet kThree{.nodes = 3};

Detection Watch(const std::string& name, uint64_t seed = kSeed, Fleet fleet = {}) {
  static const std::shared_ptr<const Policy>& policy =
      *new std::shared_ptr<const Policy>(PolicyOfFile(LATCHKEY_ROOT "/policies/default.yaml"));
  return WatchScenario(ScenarioOfFile(kFolder + name + ".yaml"), policy, MemoryPorts(), seed, fleet);
}

std::string TextOf(const Detection& detection) {
  std::string text = detection.scenario + ":";
  for (const DetectedIncident& incident : detection.incidents) {
    text += "\n  " + std::string(latchkey::NameOf(incident.finding.kind).id) +
            (incident.right ? " " : " (wrong) ") + incident.finding.text;
  }
  return text;
}

struct Naming {
  std::string scenario;
  int64_t right = 0;
  int64_t wrong = 0;
};
class NamingTest : public testing::TestWithParam<Naming> {};

TEST_P(NamingTest, SabotageIsRecognisedAndNamesAsItsScenarioSays) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    const Detection detection = Watch("detection/" + GetParam().scenario, seed);
    EXPECT_TRUE(detection.DelayOf(AttackKind::kLockoutSabotage).has_value()) << TextOf(detection);
    EXPECT_EQ(detection.named_right, GetParam().right) << TextOf(detection);
    EXPECT_EQ(detection.named_wrong, 0) << TextOf(detection);
    for (const DetectedIncident& incident : detection.incidents)
      EXPECT_TRUE(incident.right) << TextOf(detection);
  }
}

TEST_P(NamingTest, ThreeNodesNameTheSame) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    const Detection detection = Watch("detection/" + GetParam().scenario, seed, kThree);
    EXPECT_EQ(detection.named_right, GetParam().right) << TextOf(detection);
    EXPECT_EQ(detection.named_wrong, 0) << TextOf(detection);
  }
}

INSTANTIATE_TEST_SUITE_P(Of, NamingTest,
                         testing::Values(Naming{"s01-rival-at-home", 1}, Naming{"s02-rival-behind-nat", 0},
                                         Naming{"s03-framed-in-his-cafe", 0},
                                         Naming{"s04-sabotage-without-a-link", 0},
                                         Naming{"s05-rival-with-his-browser", 1},
                                         Naming{"s06-rival-in-the-same-dormitory", 0},
                                         Naming{"s08-two-rivals-in-one-flat", 0}),
                         [](const auto& each) { return each.param.scenario.substr(0, 3); });

TEST(DetectionTest, SomebodyWhoWantsToGetInIsNoSaboteur) {
  const Detection detection = Watch("detection/s07-guesser-on-a-bidder");
  EXPECT_FALSE(detection.DelayOf(AttackKind::kLockoutSabotage).has_value()) << TextOf(detection);
  EXPECT_TRUE(detection.DelayOf(AttackKind::kTargetedGuessing).has_value()) << TextOf(detection);
  EXPECT_EQ(detection.named_wrong, 0);
}

// One scenario of each kind, with how long it may take.
struct Attack {
  std::string scenario;
  AttackKind kind;
  Duration within;
};
class RecognitionTest : public testing::TestWithParam<Attack> {};

TEST_P(RecognitionTest, TheAttackIsRecognisedInTimeAndNothingElseIsTold) {
  const Detection detection = Watch(GetParam().scenario);
  const std::optional<Duration> delay = detection.DelayOf(GetParam().kind);
  ASSERT_TRUE(delay.has_value()) << TextOf(detection);
  EXPECT_LE(*delay, GetParam().within);
  for (const DetectedIncident& incident : detection.incidents)
    EXPECT_TRUE(incident.right) << TextOf(detection);
}

TEST_P(RecognitionTest, ThreeNodesRecogniseItAsWell) {
  const Detection detection = Watch(GetParam().scenario, kSeed, kThree);
  const std::optional<Duration> delay = detection.DelayOf(GetParam().kind);
  ASSERT_TRUE(delay.has_value()) << TextOf(detection);
  EXPECT_LE(*delay, GetParam().within + std::chrono::seconds(10));
  for (const DetectedIncident& incident : detection.incidents)
    EXPECT_TRUE(incident.right) << TextOf(detection);
}

INSTANTIATE_TEST_SUITE_P(
    Of, RecognitionTest,
    testing::Values(
        Attack{"a01-auction-snipe", AttackKind::kLockoutSabotage, std::chrono::seconds(30)},
        Attack{"a13-credential-stuffing", AttackKind::kCredentialStuffing, std::chrono::minutes(15)},
        Attack{"a11-spray", AttackKind::kPasswordSpray, std::chrono::seconds(60)},
        Attack{"a14-targeted-guessing", AttackKind::kTargetedGuessing, std::chrono::hours(24)},
        Attack{"a18-parallel-burst", AttackKind::kDistributedGuessing, std::chrono::seconds(60)},
        Attack{"a15-pacing", AttackKind::kLowAndSlow, std::chrono::hours(24 * 7)},
        Attack{"a19-stolen-token", AttackKind::kTokenTheft, std::chrono::hours(12)},
        Attack{"a16-counter-laundering", AttackKind::kCounterLaundering, std::chrono::minutes(15)},
        Attack{"a23-key-flood", AttackKind::kKeyFlood, std::chrono::minutes(10)}),
    [](const auto& each) { return each.param.scenario.substr(0, 3); });

TEST(DetectionTest, OrdinaryDaysAreNoIncidents) {
  std::vector<Detection> days;
  for (const std::string& file : FilesIn(kFolder)) {
    const std::string name = std::filesystem::path(file).stem().string();
    if (name.front() != 'b') continue;
    days.push_back(Watch(name));
    EXPECT_TRUE(days.back().incidents.empty()) << TextOf(days.back());
  }
  const DetectionReport report = ReportOf(days);
  EXPECT_EQ(report.false_incidents_per_day, 0);
  EXPECT_GT(report.benign_logins, 10'000);
}

TEST(DetectionTest, TheSameSeedGivesTheSameFindings) {
  EXPECT_EQ(TextOf(Watch("a01-auction-snipe")), TextOf(Watch("a01-auction-snipe")));
}

}  // namespace
}  // namespace latchkey::lab
