#include "engine/workflow/standings.h"

#include <gtest/gtest.h>

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr TimePoint kNow{hours(24 * 365 * 50)};
constexpr StandingSubject kAlice{Key{0, 1}, "default", "alice"};
constexpr StandingSubject kBob{Key{0, 2}, "default", "bob"};

class StandingsTest : public ::testing::Test {
 protected:
  Standings standings_{{.accounts_max = 2, .changes_max = 4, .followers_max = 1}, 7};
};

TEST_F(StandingsTest, UnknownAccountsAreGood) {
  const Standing standing = standings_.Get(kAlice, kNow);
  EXPECT_EQ(standing.state, StandingState::kGood);
  EXPECT_TRUE(standing.keeps_commitments());
}

TEST_F(StandingsTest, AnAttackKeepsCommitmentsAndEndsBySilence) {
  standings_.Observe(kAlice, StandingState::kUnderAttack, "25 failures", minutes(15), kNow);
  standings_.Observe(kAlice, StandingState::kUnderAttack, "26 failures", minutes(15), kNow + minutes(5));
  const Standing during = standings_.Get(kAlice, kNow + minutes(19));
  EXPECT_EQ(during.state, StandingState::kUnderAttack);
  EXPECT_EQ(during.start, kNow);
  EXPECT_TRUE(during.keeps_commitments());
  EXPECT_EQ(standings_.Get(kAlice, kNow + minutes(20)).state, StandingState::kGood);
}

TEST_F(StandingsTest, OnlyPeopleSayCompromisedAndOnlyPeopleTakeItBack) {
  EXPECT_EQ(standings_.Set(kAlice, StandingState::kUnderAttack, "ops", "?", kNow).status().code(),
            absl::StatusCode::kInvalidArgument);
  standings_.Observe(kAlice, StandingState::kCompromised, "a guess", minutes(5), kNow);
  EXPECT_EQ(standings_.Get(kAlice, kNow).state, StandingState::kGood);

  ASSERT_TRUE(standings_.Set(kAlice, StandingState::kCompromised, "ops", "seen on a market", kNow).ok());
  standings_.Observe(kAlice, StandingState::kUnderAttack, "failures", minutes(5), kNow);
  const Standing later = standings_.Get(kAlice, kNow + hours(1000));
  EXPECT_EQ(later.state, StandingState::kCompromised);
  EXPECT_FALSE(later.keeps_commitments());
  ASSERT_TRUE(standings_.Set(kAlice, StandingState::kGood, "ops", "new password", kNow).ok());
  EXPECT_EQ(standings_.Get(kAlice, kNow).state, StandingState::kGood);
}

TEST_F(StandingsTest, AFollowerLearnsEveryChangeInOrder) {
  int woken = 0;
  const auto following = standings_.Follow([&] { ++woken; });
  const std::string start = standings_.Cursor(kNow);
  standings_.Observe(kAlice, StandingState::kSuspected, "odd", minutes(10), kNow);
  standings_.Observe(kAlice, StandingState::kUnderAttack, "failures", minutes(10), kNow + minutes(1));
  standings_.Advance(kNow + minutes(11));
  const auto changes = standings_.ChangesAfter(start, 10, kNow + minutes(11));
  ASSERT_TRUE(changes.ok());
  ASSERT_EQ(changes->standings.size(), 3U);
  EXPECT_EQ(changes->standings[0].state, StandingState::kSuspected);
  EXPECT_EQ(changes->standings[1].state, StandingState::kUnderAttack);
  EXPECT_EQ(changes->standings[2].state, StandingState::kGood);
  EXPECT_EQ(changes->standings[2].start, kNow + minutes(11));
  EXPECT_EQ(changes->cursors.back(), changes->cursor);
  EXPECT_EQ(woken, 3);
  EXPECT_TRUE(standings_.ChangesAfter(changes->cursors[1], 10, kNow)->standings.size() == 1U);
}

TEST_F(StandingsTest, AFollowerWhoCameTooLateIsToldSo) {
  const std::string start = standings_.Cursor(kNow);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(standings_.Set(kAlice, StandingState::kCompromised, "ops", "", kNow).ok());
    ASSERT_TRUE(standings_.Set(kAlice, StandingState::kGood, "ops", "", kNow).ok());
  }
  EXPECT_EQ(standings_.ChangesAfter(start, 10, kNow).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(standings_.ChangesAfter("0000000000000008-0", 10, kNow).status().code(),
            absl::StatusCode::kOutOfRange);
  for (const char* nonsense : {"", "7", "0000000000000007-", "0000000000000007-99"}) {
    EXPECT_EQ(standings_.ChangesAfter(nonsense, 10, kNow).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST_F(StandingsTest, WhenFullTheEvidenceThatEndsFirstMakesRoomAndWhatPeopleSetStays) {
  standings_.Observe(kAlice, StandingState::kSuspected, "odd", minutes(5), kNow);
  standings_.Observe(kBob, StandingState::kSuspected, "odd", minutes(10), kNow);
  const StandingSubject carol{Key{0, 3}, "default", "carol"};
  ASSERT_TRUE(standings_.Set(carol, StandingState::kCompromised, "ops", "", kNow).ok());
  EXPECT_EQ(standings_.Get(kAlice, kNow).state, StandingState::kGood);
  EXPECT_EQ(standings_.Get(kBob, kNow).state, StandingState::kSuspected);
  ASSERT_TRUE(standings_.Set(kBob, StandingState::kCompromised, "ops", "", kNow).ok());
  EXPECT_EQ(standings_.Set(kAlice, StandingState::kCompromised, "ops", "", kNow).status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_NE(standings_.Follow([] {}), nullptr);
}

TEST_F(StandingsTest, FollowersAreBoundedAndLeaveByLettingGo) {
  auto first = standings_.Follow([] {});
  EXPECT_EQ(standings_.Follow([] {}), nullptr);
  first.reset();
  EXPECT_NE(standings_.Follow([] {}), nullptr);
}

}  // namespace
}  // namespace latchkey
