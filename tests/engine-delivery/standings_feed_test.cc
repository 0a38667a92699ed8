#include "engine/delivery/standings_feed.h"

#include <gtest/gtest.h>

#include "engine/incident/memory_ledger.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"

namespace latchkey {
namespace {

class StandingsFeedTest : public testing::Test {
 protected:
  StandingsFeedTest() {
    EXPECT_TRUE(node_.Round().ok());
    place_ = *feed_.Latest(clock_.Now());
  }
  void Set(StandingState state) {
    standings_.Set({Key{1, 2}, "default", "alice"}, state, "ann", "a test", clock_.Now(), [](const auto&) {});
    EXPECT_TRUE(node_.Round().ok());
  }
  Notice ReadOne() {
    auto page = feed_.ReadAfter(place_, 100, clock_.Now());
    EXPECT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->notices.size(), 1U);
    place_ = page->place;
    return page->notices.front();
  }

  FakeClock clock_;
  SeededRandom random_{4};
  MemoryLedger ledger_{{}, clock_, random_};
  NodeLedger node_{ledger_, {}, [] {}};
  Standings standings_{{}, node_, "test"};
  StandingsFeed feed_{standings_, "test"};
  std::string place_;
};

TEST_F(StandingsFeedTest, SaysWhatWasToldBeforeUnlessAnotherNodeMayHaveToldMore) {
  Set(StandingState::kCompromised);
  EXPECT_EQ(ReadOne().standing.previous, std::nullopt);
  Set(StandingState::kGood);
  EXPECT_EQ(ReadOne().standing.previous, StandingState::kCompromised);
  // Another node tells of two changes; they are never read here.
  Set(StandingState::kCompromised);
  ReadOne();
  feed_.Forget();
  Set(StandingState::kGood);
  EXPECT_EQ(ReadOne().standing.previous, std::nullopt);
}

}  // namespace
}  // namespace latchkey
