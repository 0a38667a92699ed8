// Information flow: each kind of finding has a small policy that shows it, and a mended twin that does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "engine/policy/certificate/certificate.h"
#include "tests/support/policy_builder.h"

namespace latchkey {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr LaneSet kStranger = {Lane::kStranger};

Certificate Of(const std::vector<Rule>& rules, const std::function<void(PolicySpec&)>& change = {}) {
  PolicySpec spec = StorefrontSpec();
  spec.bounds = {{kDay, 100}, {30 * kDay, 300}};
  spec.rules = rules;
  if (change) change(spec);
  return Certify(*MustCompile(std::move(spec)));
}

std::vector<std::string> Broken(const Certificate& certificate) {
  std::vector<std::string> broken;
  for (const PromiseLine& line : certificate.promises) {
    if (line.keeping == Keeping::kBroken) broken.push_back(line.promise);
  }
  return broken;
}

Rule With(std::vector<KeyKind> by, LaneSet from, Limit limit, LaneSet to = {}, Until until = Until::kWindow) {
  Rule rule = FailureRule("rule", std::move(by), from, {limit});
  rule.limits[0].to = to;
  rule.limits[0].until = until;
  return rule;
}

constexpr Limit kFiveInAQuarter = {.above = 5, .window = 15min, .then = Consequence::kLockout};
constexpr Limit kFiveEver = {.above = 5, .then = Consequence::kLockout};

TEST(FlowsTest, TheLanesOfTheStorefrontAloneKeepEverything) { EXPECT_THAT(Broken(Of({})), IsEmpty()); }

TEST(FlowsTest, StrangersWhoRefuseTheOwnerEverywhereAreNamedInOneSentence) {
  const Certificate locks = Of({With({KeyKind::kAccount}, LaneSet::All(), kFiveInAQuarter, LaneSet::All())});
  EXPECT_THAT(Broken(locks), ElementsAre("P1", "P4"));
  const Breach& finding = locks.findings.front();
  EXPECT_EQ(finding.attack, "5 wrong passwords from anywhere refuse the owner everywhere for 15 min");
  EXPECT_EQ(finding.rule, "rule");
  EXPECT_EQ(finding.path, "rules[0].limits[0]");
  ASSERT_EQ(finding.requests.size(), 2U);
  EXPECT_EQ(finding.requests[0].times, 5);
  EXPECT_EQ(finding.requests[1].answer, "LOCKOUT");
  EXPECT_THAT(Broken(Of({With({KeyKind::kAccount}, kStranger, kFiveInAQuarter)})), IsEmpty());
}

TEST(FlowsTest, AnotherDeviceIsBesideNotTheSame) {
  const LaneSet device = {Lane::kDevice};
  EXPECT_THAT(Broken(Of({With({KeyKind::kAccount}, device, kFiveInAQuarter)})), ElementsAre("P1"));
  EXPECT_THAT(Broken(Of({With({KeyKind::kDevice}, device, kFiveInAQuarter)})), IsEmpty());
  EXPECT_THAT(Broken(Of({With({KeyKind::kAccount, KeyKind::kSource}, device, kFiveInAQuarter)})),
              ElementsAre("P1"))
      << "pairs of devices share eight places";
}

TEST(FlowsTest, AFamiliarAddressHasACountOfItsOwn) {
  const LaneSet familiar = {Lane::kFamiliar};
  EXPECT_THAT(Broken(Of({With({KeyKind::kAccount}, familiar, kFiveInAQuarter)})), ElementsAre("P1"));
  EXPECT_THAT(Broken(Of({With({KeyKind::kAccount, KeyKind::kSource}, familiar, kFiveInAQuarter)})),
              IsEmpty());
  EXPECT_THAT(Broken(Of({With({KeyKind::kAccount, KeyKind::kNetwork}, familiar, kFiveInAQuarter)})),
              ElementsAre("P1"));
}

TEST(FlowsTest, TheAccountsOwnLoginsAreItsOwn) {
  Rule rule = With({KeyKind::kAccount}, LaneSet::All(), kFiveInAQuarter, LaneSet::All());
  rule.count = CountKind::kSuccesses;
  EXPECT_THAT(Broken(Of({rule})), IsEmpty());
  rule.by = {KeyKind::kTenant};
  EXPECT_THAT(Broken(Of({rule})), Contains("P1"));
}

TEST(FlowsTest, RecoveryThatStrangersStarveIsNoWayIn) {
  const LaneSet recovered = {Lane::kRecovered};
  EXPECT_THAT(Broken(Of({With({KeyKind::kAccount}, kStranger, kFiveInAQuarter, recovered)})),
              ElementsAre("P1", "P4"));
  EXPECT_THAT(Broken(Of({With({KeyKind::kAccount}, recovered, kFiveInAQuarter)})), ElementsAre("P1"));
}

TEST(FlowsTest, WhatStrangersCauseMustEnd) {
  EXPECT_THAT(Broken(Of({With({KeyKind::kAccount}, kStranger, kFiveEver, {}, Until::kSuccess)})),
              ElementsAre("P5"));
  EXPECT_THAT(Broken(Of({With({KeyKind::kAccount}, kStranger, kFiveEver, {}, Until::kOperator)})),
              ElementsAre("P5"));
  Limit quiet = kFiveEver;
  quiet.quiet = 12h;
  EXPECT_THAT(Broken(Of({With({KeyKind::kAccount}, kStranger, quiet)})), IsEmpty());
  EXPECT_THAT(Broken(Of({}, [](PolicySpec& spec) { spec.stranger.consecutive = 20; })), ElementsAre("P5"));
}

TEST(FlowsTest, AnAccountThatIsLockedForGoodHasNoWayUp) {
  const Certificate locked =
      Of({With({KeyKind::kAccount}, LaneSet::All(), kFiveEver, LaneSet::All(), Until::kOperator)});
  EXPECT_THAT(Broken(locked), ElementsAre("P1", "P4", "P5", "P8"));
  const LaneSet all_but_recovered = {Lane::kDevice, Lane::kFamiliar, Lane::kChallenged, Lane::kStranger};
  EXPECT_THAT(
      Broken(Of({With({KeyKind::kAccount}, LaneSet::All(), kFiveEver, all_but_recovered, Until::kOperator)})),
      Not(Contains("P8")));
}

TEST(FlowsTest, AnAddressMayTroubleItsStrangersAndNobodyElse) {
  EXPECT_THAT(Broken(Of({With({KeyKind::kSource}, kStranger, kFiveInAQuarter)})), ElementsAre("P10"))
      << "a lockout by address alone";
  Limit challenge = kFiveInAQuarter;
  challenge.then = Consequence::kChallenge;
  EXPECT_THAT(Broken(Of({With({KeyKind::kSource}, kStranger, challenge)})), IsEmpty());
  EXPECT_THAT(Broken(Of({With({KeyKind::kNetwork}, kStranger, challenge, {Lane::kDevice})})),
              ElementsAre("P1", "P10"));
  EXPECT_THAT(Broken(Of({With({KeyKind::kSource}, kStranger, challenge, {Lane::kFamiliar})})),
              ElementsAre("P1", "P10"));
  EXPECT_THAT(Broken(Of({With({KeyKind::kSource}, {Lane::kFamiliar}, challenge)})), ElementsAre("P1"))
      << "neighbours may at most have it challenged (P10), yet it is an answer that they change (P1)";
}

TEST(FlowsTest, BoundsMustBeStatedAndHold) {
  EXPECT_THAT(Broken(Of({}, [](PolicySpec& spec) { spec.bounds.clear(); })), ElementsAre("P2"));
  EXPECT_THAT(Broken(Of({}, [](PolicySpec& spec) { spec.bounds[kDay] = 99; })), ElementsAre("P2"));
  EXPECT_THAT(Broken(Of({}, [](PolicySpec& spec) { spec.consecutive_bound = 100; })), ElementsAre("P2"))
      << "windows bound nothing in the long run";
}

TEST(FlowsTest, ShadowedRulesReachNothing) {
  Rule rule = With({KeyKind::kAccount}, LaneSet::All(), kFiveEver, LaneSet::All(), Until::kOperator);
  rule.mode = Mode::kShadow;
  EXPECT_THAT(Broken(Of({rule})), IsEmpty());
}

TEST(FlowsTest, ARiskThatIsAcceptedStaysVisible) {
  const Certificate accepted =
      Of({With({KeyKind::kSource}, kStranger, kFiveInAQuarter)}, [](PolicySpec& spec) {
        spec.accept_risk = {"P10", "P1"};
      });
  EXPECT_THAT(Broken(accepted), IsEmpty());
  EXPECT_THAT(accepted.Unaccepted(), IsEmpty());
  EXPECT_THAT(accepted.Accepted(), ElementsAre("P10")) << "P1 is kept, whatever was given up";
  EXPECT_THAT(BrokenPromises(accepted), IsEmpty());
}

TEST(FlowsTest, ABrokenPromiseIsADiagnosticWithItsPlaceAndMend) {
  const std::vector<Diagnostic> broken =
      BrokenPromises(Of({With({KeyKind::kSource}, kStranger, kFiveInAQuarter)}));
  ASSERT_EQ(broken.size(), 1U);
  EXPECT_EQ(broken[0].path, "rules[0].limits[0]");
  EXPECT_THAT(broken[0].message, HasSubstr("breaks P10: 5 wrong passwords at the owner's address"));
  EXPECT_THAT(broken[0].mend, HasSubstr("accept_risk: [P10]"));
}

}  // namespace
}  // namespace latchkey
