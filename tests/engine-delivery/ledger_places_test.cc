#include "engine/delivery/ledger_places.h"

#include <gtest/gtest.h>

#include "engine/incident/memory_ledger.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"

namespace latchkey {
namespace {

using std::chrono::seconds;

class LedgerPlacesTest : public testing::Test {
 protected:
  FakeClock clock_;
  SeededRandom random_{9};
  MemoryLedger ledger_{{}, clock_, random_};
  static constexpr Duration kLease = seconds(15);
  LedgerPlaces a_{ledger_, "a", kLease};
  LedgerPlaces b_{ledger_, "b", kLease};
};

TEST_F(LedgerPlacesTest, OneNodeHoldsTheLeaseForAsLongAsItKeepsIt) {
  EXPECT_TRUE(*a_.Hold(clock_.Now()));
  EXPECT_FALSE(*b_.Hold(clock_.Now()));
  clock_.Advance(kLease - seconds(1));
  EXPECT_TRUE(*a_.Hold(clock_.Now()));
  clock_.Advance(seconds(2));
  EXPECT_FALSE(*b_.Hold(clock_.Now()));
}

TEST_F(LedgerPlacesTest, AnotherTakesTheLeaseOfANodeThatVanishedOrGaveItUp) {
  EXPECT_TRUE(*a_.Hold(clock_.Now()));
  EXPECT_FALSE(*b_.Hold(clock_.Now() + kLease - Duration(1)));
  EXPECT_TRUE(*b_.Hold(clock_.Now() + kLease));
  a_.Release();  // not its own any more
  EXPECT_FALSE(*a_.Hold(clock_.Now() + kLease));
  b_.Release();
  EXPECT_TRUE(*a_.Hold(clock_.Now() + kLease));
}

TEST_F(LedgerPlacesTest, ANodeAloneAlwaysHoldsAndKeepsItsPlace) {
  LedgerPlaces alone(ledger_, "alone", Duration::zero());
  EXPECT_TRUE(*a_.Hold(clock_.Now()));
  EXPECT_TRUE(*alone.Hold(clock_.Now()));
  EXPECT_TRUE(alone.Write("standings", "x-1", clock_.Now()).ok());
  alone.Release();
  LedgerPlaces again(ledger_, "again", Duration::zero());
  EXPECT_TRUE(*again.Hold(clock_.Now())) << "a new start waits for no lease";
  EXPECT_EQ(*again.Read("standings"), "x-1");
}

TEST_F(LedgerPlacesTest, APlaceIsForAllNodes) {
  EXPECT_EQ(*a_.Read("standings"), "");
  EXPECT_TRUE(a_.Write("standings", "x-1", clock_.Now()).ok());
  EXPECT_TRUE(a_.Write("standings", "x-2", clock_.Now()).ok());
  EXPECT_EQ(*b_.Read("standings"), "x-2");
  EXPECT_EQ(*b_.Read("incidents"), "");
}

TEST_F(LedgerPlacesTest, WhoHasLostTheLeaseMovesNoPlaceBack) {
  EXPECT_TRUE(a_.Write("standings", "x-1", clock_.Now()).ok());
  EXPECT_EQ(*b_.Read("standings"), "x-1");
  EXPECT_TRUE(b_.Write("standings", "x-9", clock_.Now()).ok());
  EXPECT_EQ(a_.Write("standings", "x-2", clock_.Now()).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(*b_.Read("standings"), "x-9");
  EXPECT_FALSE(*a_.Hold(clock_.Now())) << "it begins anew";
}

}  // namespace
}  // namespace latchkey
