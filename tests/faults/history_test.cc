// The checker sees what is planted.
#include "tests/faults/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace latchkey::faults {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Act Guess(bool degraded = false) {
  static int decisions = 0;
  Act act;
  act.who = Act::Who::kAttacker;
  act.end = Act::End::kAdmitted;
  act.degraded = degraded;
  act.account = "victim";
  act.decision = std::to_string(++decisions);
  return act;
}

Act Owner() {
  Act act = Guess();
  act.who = Act::Who::kOwner;
  act.device_lane = true;
  act.account = "owner";
  return act;
}

constexpr Bounds kStrict{.budget = 25, .overshoot = 0, .lost = 0, .recovery_s = 10};

Verdict Of(const std::vector<Act>& acts, int exhausted, double recovered_s = 1) {
  return Judge(acts, {{"victim", exhausted}}, kStrict, recovered_s);
}

TEST(HistoryTest, AStoreThatRemembersEverythingIsSound) {
  EXPECT_THAT(Of(std::vector<Act>(5, Guess()), 20).wrong, ElementsAre("answers of another request: 4 > 0"))
      << "five times the same decision";
  EXPECT_THAT(Of({Guess(), Guess(), Owner()}, 23).wrong, IsEmpty());
}

TEST(HistoryTest, AForgottenChargeIsLostAndSellsAGuess) {
  const Verdict verdict = Of({Guess(), Guess()}, 24);
  EXPECT_EQ(verdict.lost_acknowledged, 1);
  EXPECT_EQ(verdict.overshoot, 1);
  EXPECT_THAT(verdict.wrong, ElementsAre("acknowledged charges lost: 1 > 0", "overshoot: 1 > 0"));
}

TEST(HistoryTest, WhatANodeAdmitsByItselfIsOvershootAndNoLoss) {
  const Verdict verdict = Of({Guess(), Guess(/*degraded=*/true)}, 24);
  EXPECT_EQ(verdict.lost_acknowledged, 0);
  EXPECT_EQ(verdict.overshoot, 1);
}

TEST(HistoryTest, AnAttemptWithoutAnAnswerMayHaveBeenCharged) {
  Act unheard = Guess();
  unheard.end = Act::End::kUnanswered;
  EXPECT_THAT(Of({Guess(), unheard}, 23).wrong, IsEmpty());
  EXPECT_THAT(Of({Guess(), unheard}, 24).wrong, IsEmpty());
  EXPECT_THAT(Of({Guess(), unheard}, 22).wrong, ElementsAre("answers of another request: 1 > 0"))
      << "somebody else's charge";
}

TEST(HistoryTest, AnOwnerOnHisDeviceIsNeverRefusedNorTakenForAnother) {
  Act refused = Owner();
  refused.end = Act::End::kRefused;
  EXPECT_THAT(Of({refused}, 25).wrong, ElementsAre("owners refused: 1 > 0"));
  Act elsewhere = Owner();
  elsewhere.device_lane = false;
  EXPECT_EQ(Of({elsewhere}, 25).fallen, 1);
  Act stranger = Guess();
  stranger.device_lane = true;
  EXPECT_THAT(Of({stranger}, 24).wrong, ElementsAre("answers of another request: 1 > 0"));
}

TEST(HistoryTest, ALaneThatStaysStuckIsBroken) {
  EXPECT_THAT(Of({}, 25, 10.1).wrong, ElementsAre("not recovered in time"));
  EXPECT_THAT(Of({}, 25, -1).wrong, ElementsAre("not recovered in time"));
}

}  // namespace
}  // namespace latchkey::faults
