#include "engine/lab/notes.h"

#include <gtest/gtest.h>

namespace latchkey::lab {
namespace {

AnswerNote Note(uint64_t owner, uint64_t number, uint64_t fingerprint, bool by_device = true) {
  return {.key = owner * 1000 + number, .owner = owner, .fingerprint = fingerprint, .by_device = by_device};
}

TEST(CompareTest, CountsAnswersThatDifferOrAreMissing) {
  const std::vector<AnswerNote> calm = {Note(1, 1, 10), Note(1, 2, 20), Note(2, 1, 30)};
  const std::vector<AnswerNote> attacked = {Note(1, 1, 10), Note(1, 2, 21)};
  const Changed changed = Compare(calm, attacked);
  EXPECT_EQ(changed.compared, 3);
  EXPECT_EQ(changed.changed, 2);
}

TEST(CompareTest, AnOwnerWhoHasSpentHisOwnDeviceIsNotComparedAnyMore) {
  const std::vector<AnswerNote> calm = {Note(1, 1, 10), Note(1, 2, 20, /*by_device=*/false), Note(1, 3, 30),
                                        Note(2, 1, 40)};
  const Changed changed = Compare(calm, {Note(1, 1, 10), Note(1, 3, 31), Note(2, 1, 40)});
  EXPECT_EQ(changed.compared, 2);
  EXPECT_EQ(changed.changed, 0);
}

TEST(FingerprintTest, IsOfEveryFieldButIdsAndSeals) {
  Decision decision;
  decision.verdict.action = Action::kChallenge;
  decision.challenge_id = "one";
  const uint64_t print = FingerprintOf(decision);
  Decision other = decision;
  other.id = 77;
  other.challenge_id = "another";
  other.verdict.shadow_action = Action::kLockout;
  EXPECT_EQ(FingerprintOf(other), print);
  other = decision;
  other.challenge_id.clear();
  EXPECT_NE(FingerprintOf(other), print);
  other = decision;
  other.verdict.reasons = std::vector<LimitReport>(1);
  EXPECT_NE(FingerprintOf(other), print);
  other = decision;
  other.verdict.retry_after = Duration(1);
  EXPECT_NE(FingerprintOf(other), print);
}

}  // namespace
}  // namespace latchkey::lab
