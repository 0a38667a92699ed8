// Which revisions of a list are in force, and which accounts are in a share.
#include <gtest/gtest.h>

#include "engine/policy/repository.h"

namespace latchkey {
namespace {

PolicyRevision Revision(int64_t number, Stage stage = Stage::kFull) {
  PolicyRevision revision{.number = number};
  revision.rollout.stage = stage;
  return revision;
}

TEST(StandingTest, TheNewestInFullIsInForceAndANewerOneIsOnItsWay) {
  const std::vector<PolicyRevision> revisions = {Revision(5, Stage::kShadow), Revision(4, Stage::kShare),
                                                 Revision(3), Revision(2, Stage::kShadow), Revision(1)};
  const StandingRevisions standing = StandingOf(revisions);
  EXPECT_EQ(standing.candidate->number, 5);
  EXPECT_EQ(standing.enforced->number, 3);
  EXPECT_EQ(standing.previous->number, 1);
}

TEST(StandingTest, WhatWasOnItsWayEndsWithTheNextInFull) {
  const std::vector<PolicyRevision> revisions = {Revision(3), Revision(2, Stage::kShadow), Revision(1)};
  const StandingRevisions standing = StandingOf(revisions);
  EXPECT_EQ(standing.candidate, nullptr);
  EXPECT_EQ(standing.enforced->number, 3);
  EXPECT_EQ(StandingOf({}).enforced, nullptr);
}

TEST(InStageTest, TheShareIsKeptAndALargerOneHoldsTheSmaller) {
  int in_tenth = 0;
  for (uint64_t i = 1; i <= 10'000; ++i) {
    const Key account{.high = i, .low = i * 0x9E37'79B9'7F4A'7C15ULL};
    EXPECT_FALSE(InStage(account, 0));
    EXPECT_TRUE(InStage(account, kWhole));
    if (!InStage(account, 100'000)) continue;
    ++in_tenth;
    EXPECT_TRUE(InStage(account, 300'000));
  }
  EXPECT_NEAR(in_tenth, 1000, 120);
}

}  // namespace
}  // namespace latchkey
