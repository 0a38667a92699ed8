#include "engine/workflow/standings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/incident/local_ledger.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr TimePoint kNow{hours(24 * 365 * 50)};
constexpr StandingSubject kAlice{Key{0, 1}, "default", "alice"};
constexpr StandingSubject kBob{Key{0, 2}, "default", "bob"};

class StandingsTest : public ::testing::Test {
 protected:
  // A node of its own on the ledger that all share.
  struct Node {
    explicit Node(Ledger& ledger, Standings::Limits limits = {})
        : node(ledger, {.log_max = 6}, [] {}), standings(limits, node, "test") {
      Look();
    }
    void Look() { ASSERT_TRUE(node.Round().ok()); }
    void Look(TimePoint now) {
      Look();
      standings.Advance(now);
      Look();
    }
    absl::StatusOr<Standing> Set(const StandingSubject& subject, StandingState state, TimePoint now) {
      absl::StatusOr<Standing> answer = absl::UnknownError("not answered");
      standings.Set(subject, state, "ops", "why", now, [&answer](auto standing) { answer = standing; });
      for (int i = 0; i < 6; ++i) Look();
      return answer;
    }
    NodeLedger node;
    Standings standings;
  };

  static std::vector<StandingState> StatesAfter(const Standings& standings, const std::string& cursor) {
    const auto changes = standings.ChangesAfter(cursor, 100);
    EXPECT_TRUE(changes.ok()) << changes.status();
    std::vector<StandingState> states;
    for (const Standing& standing : changes->standings) states.push_back(standing.state);
    return states;
  }

  FakeClock clock_{kNow};
  SeededRandom random_{7};
  MemoryLedger ledger_{{.log_max = 6}, clock_, random_};
  Node here_{ledger_};
  Standings& standings_ = here_.standings;
};

TEST_F(StandingsTest, UnknownAccountsAreGood) {
  const Standing standing = standings_.Get(kAlice, kNow);
  EXPECT_EQ(standing.state, StandingState::kGood);
  EXPECT_TRUE(standing.keeps_commitments());
}

TEST_F(StandingsTest, AnAttackKeepsCommitmentsAndEndsBySilence) {
  standings_.Observe(kAlice, {StandingState::kUnderAttack, "25 failures"}, minutes(15), kNow);
  here_.Look(kNow);
  standings_.Observe(kAlice, {StandingState::kUnderAttack, "26 failures"}, minutes(15), kNow + minutes(5));
  here_.Look(kNow + minutes(5));
  const Standing during = standings_.Get(kAlice, kNow + minutes(20));
  EXPECT_EQ(during.state, StandingState::kUnderAttack);
  EXPECT_EQ(during.start, kNow);
  EXPECT_TRUE(during.keeps_commitments());
  EXPECT_EQ(standings_.Get(kAlice, kNow + minutes(21)).state, StandingState::kGood);  // a minute of grace
}

TEST_F(StandingsTest, OnlyPeopleSayCompromisedAndOnlyPeopleTakeItBack) {
  EXPECT_EQ(here_.Set(kAlice, StandingState::kUnderAttack, kNow).status().code(),
            absl::StatusCode::kInvalidArgument);
  standings_.Observe(kAlice, {StandingState::kCompromised, "a guess"}, minutes(5), kNow);
  here_.Look(kNow);
  EXPECT_EQ(standings_.Get(kAlice, kNow).state, StandingState::kGood);

  ASSERT_TRUE(here_.Set(kAlice, StandingState::kCompromised, kNow).ok());
  standings_.Observe(kAlice, {StandingState::kUnderAttack, "failures"}, minutes(5), kNow);
  here_.Look(kNow + hours(1000));
  const Standing later = standings_.Get(kAlice, kNow + hours(1000));
  EXPECT_EQ(later.state, StandingState::kCompromised);
  EXPECT_FALSE(later.keeps_commitments());
  ASSERT_TRUE(here_.Set(kAlice, StandingState::kGood, kNow).ok());
  EXPECT_EQ(standings_.Get(kAlice, kNow).state, StandingState::kGood);
}

TEST_F(StandingsTest, AFollowerLearnsEveryChangeInOrderOnAnyNodeAndOverARestart) {
  const std::string start = *standings_.Cursor();
  standings_.Observe(kAlice, {StandingState::kSuspected, "odd"}, minutes(10), kNow);
  here_.Look(kNow);
  standings_.Observe(kAlice, {StandingState::kUnderAttack, "failures"}, minutes(10), kNow + minutes(1));
  here_.Look(kNow + minutes(1));
  here_.Look(kNow + minutes(12));
  const auto changes = standings_.ChangesAfter(start, 10);
  ASSERT_TRUE(changes.ok());
  EXPECT_THAT(
      StatesAfter(standings_, start),
      ::testing::ElementsAre(StandingState::kSuspected, StandingState::kUnderAttack, StandingState::kGood));
  EXPECT_EQ(changes->standings[2].start, kNow + minutes(12));
  EXPECT_EQ(changes->cursors.back(), changes->cursor);
  Node another(ledger_);
  EXPECT_THAT(StatesAfter(another.standings, changes->cursors[0]),
              ::testing::ElementsAre(StandingState::kUnderAttack, StandingState::kGood));
}

TEST_F(StandingsTest, EvidenceThatGoesOnIsNoChangeAndIsWrittenOnceAMinute) {
  const std::string start = *standings_.Cursor();
  for (int second = 0; second < 180; ++second) {
    const TimePoint now = kNow + std::chrono::seconds(second);
    standings_.Observe(kAlice, {StandingState::kUnderAttack, "failures"}, minutes(15), now);
    here_.Look(now);
  }
  EXPECT_EQ(StatesAfter(standings_, start).size(), 1U);
  EXPECT_LE(ledger_.ReadEnds(Book::kStandings)->latest.position, 3U);
  EXPECT_EQ(standings_.Get(kAlice, kNow + minutes(17)).state, StandingState::kUnderAttack);
}

TEST_F(StandingsTest, WhatAnotherNodeSeesIsKnownHereAndEndedOnce) {
  Node there(ledger_);
  there.standings.Observe(kAlice, {StandingState::kUnderAttack, "failures", "lockout-sabotage", 0.9, "7"},
                          minutes(15), kNow);
  there.Look(kNow);
  here_.Look();
  EXPECT_EQ(standings_.Get(kAlice, kNow).incident_id, "7");
  // Both nodes see that it is due.
  const std::string before = *standings_.Cursor();
  standings_.Advance(kNow + minutes(16));
  there.standings.Advance(kNow + minutes(16));
  here_.Look();
  there.Look();
  EXPECT_EQ(StatesAfter(standings_, before).size(), 1U);
  EXPECT_EQ(StatesAfter(there.standings, before).size(), 1U);
}

TEST_F(StandingsTest, AnIncidentThatComesLaterIsNews) {
  standings_.Observe(kAlice, {StandingState::kUnderAttack, "25 failures"}, minutes(15), kNow);
  here_.Look(kNow);
  const std::string before = *standings_.Cursor();
  standings_.Observe(kAlice, {StandingState::kUnderAttack, "143 failures", "lockout-sabotage", 0.9, "7"},
                     minutes(15), kNow);
  here_.Look(kNow);
  const auto changes = standings_.ChangesAfter(before, 10);
  ASSERT_TRUE(changes.ok());
  ASSERT_EQ(changes->standings.size(), 1U);
  EXPECT_EQ(changes->standings[0].incident_id, "7");
}

TEST_F(StandingsTest, AFollowerWhoCameTooLateIsToldSo) {
  const std::string start = *standings_.Cursor();
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(here_.Set(kAlice, StandingState::kCompromised, kNow).ok());
    ASSERT_TRUE(here_.Set(kAlice, StandingState::kGood, kNow).ok());
  }
  EXPECT_EQ(standings_.ChangesAfter(start, 10).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(standings_.ChangesAfter("test/standings/999/0000000000000000", 10).status().code(),
            absl::StatusCode::kOutOfRange);
  for (const char* nonsense : {"", "7", "test/standings/7/", "prod/standings/1/0000000000000000"}) {
    EXPECT_EQ(standings_.ChangesAfter(nonsense, 10).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST_F(StandingsTest, WhenFullNothingThatIsKnownIsForgotten) {
  Node small(ledger_, {.accounts_max = 1});
  ASSERT_TRUE(small.Set(kAlice, StandingState::kCompromised, kNow).ok());
  EXPECT_EQ(small.Set(kBob, StandingState::kCompromised, kNow).status().code(),
            absl::StatusCode::kResourceExhausted);
  small.standings.Observe(kBob, {StandingState::kUnderAttack, "failures"}, minutes(15), kNow);
  small.Look(kNow);
  EXPECT_EQ(small.standings.Get(kBob, kNow).state, StandingState::kGood);
  EXPECT_EQ(small.standings.Get(kAlice, kNow).state, StandingState::kCompromised);
}

TEST_F(StandingsTest, TwoOperatorsInOneMomentBothHaveTheirSay) {
  Node there(ledger_);
  absl::StatusOr<Standing> first = absl::UnknownError("not answered");
  absl::StatusOr<Standing> second = first;
  standings_.Set(kAlice, StandingState::kCompromised, "a", "seen", kNow,
                 [&](auto answer) { first = answer; });
  there.standings.Set(kAlice, StandingState::kCompromised, "b", "too", kNow,
                      [&](auto answer) { second = answer; });
  for (int i = 0; i < 4; ++i) {
    here_.Look();
    there.Look();
  }
  EXPECT_TRUE(first.ok()) << first.status();
  EXPECT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(standings_.Get(kAlice, kNow).author, there.standings.Get(kAlice, kNow).author);
}

}  // namespace
}  // namespace latchkey
