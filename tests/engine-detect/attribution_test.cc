#include "engine/detect/attribution.h"

#include <gtest/gtest.h>

#include "tests/engine-detect/activity.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class AttributionTest : public ::testing::Test {
 protected:
  AttributionTest() {
    activity_.now = kNow;
    activity_.account = &tally_;
    activity_.stakes = {BidIn("auction-17", seconds(55), hours(2))};
  }
  std::vector<Suspect> Named(std::vector<RivalLink> links) {
    activity_.links = std::move(links);
    return Attribute(activity_, {}).named;
  }
  AccountTally tally_ = TriesOnAlice(143, 0, 2);
  Activity activity_;
};

TEST_F(AttributionTest, ARivalWhoLoggedInFromThereMinutesAgoIsNamedWithItsReasons) {
  const std::vector<Suspect> named = Named({AtHisAddress(kMallory, minutes(4))});
  ASSERT_EQ(named.size(), 1U);
  EXPECT_EQ(named[0].account.key, kMallory);
  EXPECT_GT(named[0].confidence, 0.9);
  EXPECT_EQ(named[0].text,
            "logged in from the same address 4 min ago; both have something at stake in auction-17");
  double log_odds = 0;
  for (const EvidenceTerm& term : named[0].evidence) log_odds += term.weight;
  EXPECT_NEAR(1 / (1 + std::exp(-log_odds)), named[0].confidence, 1e-9);
}

TEST_F(AttributionTest, ASharedAddressAloneNamesNobodyHoweverFewLogInThere) {
  for (int64_t residents = 1; residents < 2000; residents = residents * 3 / 2 + 1) {
    for (const Duration ago : {Duration(hours(1)), Duration(hours(6)), Duration(hours(100))})
      EXPECT_TRUE(Named({AtHisAddress(kBob, ago, residents)}).empty()) << residents;
  }
}

TEST_F(AttributionTest, InACafeOrAnOfficeNobodyIsNamedThoughHeWasThereJustNow) {
  EXPECT_FALSE(Named({AtHisAddress(kBob, minutes(4), 2)}).empty());
  for (int64_t residents = 3; residents < 2000; residents = residents * 3 / 2 + 1)
    EXPECT_TRUE(Named({AtHisAddress(kBob, minutes(4), residents)}).empty()) << residents;
}

TEST_F(AttributionTest, OfTwoWhoAreTiedAlikeNeitherIsNamed) {
  EXPECT_TRUE(Named({AtHisAddress(kBob, minutes(4), 2), AtHisAddress(kMallory, minutes(4), 2)}).empty());
}

TEST_F(AttributionTest, ADeviceTokenOfTheRivalNamesHimFromAnywhere) {
  RivalLink link = AtHisAddress(kMallory, hours(1000));
  link.same_address = false;
  link.same_device = true;
  EXPECT_EQ(Named({link}).size(), 1U);
  link.same_device = false;
  EXPECT_TRUE(Named({link}).empty());
}

TEST_F(AttributionTest, ASharedNetworkNamesNobody) {
  RivalLink link = AtHisAddress(kMallory, minutes(4));
  link.same_address = false;
  link.same_network = true;
  EXPECT_TRUE(Named({link}).empty());
}

TEST_F(AttributionTest, WhoIsAttackedFromThereAsWellIsNotNamed) {
  RivalLink link = AtHisAddress(kBob, minutes(4));
  link.attacked = true;
  EXPECT_TRUE(Named({link}).empty());
}

TEST_F(AttributionTest, AFewTriesOfManyFromTheRivalsAddressNameNobody) {
  RivalLink link = AtHisAddress(kBob, minutes(4));
  link.share = 0.1;
  EXPECT_TRUE(Named({link}).empty());
}

}  // namespace
}  // namespace latchkey
