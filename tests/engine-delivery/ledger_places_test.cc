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
  LedgerPlaces a_{ledger_, "a"};
  LedgerPlaces b_{ledger_, "b"};
};

TEST_F(LedgerPlacesTest, OneNodeHoldsTheLeaseForAsLongAsItKeepsIt) {
  EXPECT_TRUE(*a_.Hold(clock_.Now()));
  EXPECT_FALSE(*b_.Hold(clock_.Now()));
  clock_.Advance(LedgerPlaces::kLease - seconds(1));
  EXPECT_TRUE(*a_.Hold(clock_.Now()));
  clock_.Advance(seconds(2));
  EXPECT_FALSE(*b_.Hold(clock_.Now()));
}

TEST_F(LedgerPlacesTest, AnotherTakesTheLeaseOfANodeThatVanishedOrGaveItUp) {
  EXPECT_TRUE(*a_.Hold(clock_.Now()));
  EXPECT_FALSE(*b_.Hold(clock_.Now() + LedgerPlaces::kLease - Duration(1)));
  EXPECT_TRUE(*b_.Hold(clock_.Now() + LedgerPlaces::kLease));
  a_.Release();  // not its own any more
  EXPECT_FALSE(*a_.Hold(clock_.Now() + LedgerPlaces::kLease));
  b_.Release();
  EXPECT_TRUE(*a_.Hold(clock_.Now() + LedgerPlaces::kLease));
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
