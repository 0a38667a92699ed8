#include "engine/store/shard_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace latchkey {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr TimePoint kNow{std::chrono::seconds(1'700'000'000)};

ShardLook Look(int64_t counter) {
  return {.environment = "prod", .id = "a", .counter = counter, .raised = counter + 1, .primary = "p1"};
}

class ShardWatchTest : public testing::Test {
 protected:
  std::vector<StoreIncident> Take(const ShardLook& look) {
    return watch_.Take({{"shard-1", "0", look}}, kNow);
  }
  std::vector<std::string> Kinds(const ShardLook& look) {
    std::vector<std::string> kinds;
    for (const StoreIncident& incident : Take(look)) kinds.emplace_back(StoreIncidentName(incident.kind));
    return kinds;
  }
  ShardWatch watch_{"prod"};
};

TEST_F(ShardWatchTest, TheFirstLookIsNoIncident) {
  ShardLook fresh = Look(0);
  fresh.environment = "";
  fresh.fresh = true;
  EXPECT_THAT(Take(fresh), IsEmpty());
  EXPECT_TRUE(watch_.Ours("0"));
  EXPECT_THAT(Take(Look(1)), IsEmpty());
}

TEST_F(ShardWatchTest, OtherNodesRaiseTheCounterToo) {
  EXPECT_THAT(Take(Look(5)), IsEmpty());
  EXPECT_THAT(Take(Look(9)), IsEmpty());
}

TEST_F(ShardWatchTest, AStampThatIsGoneWasWiped) {
  (void)Take(Look(5));
  ShardLook fresh = Look(0);
  fresh.environment = "";
  fresh.id = "b";
  fresh.fresh = true;
  EXPECT_THAT(Kinds(fresh), testing::ElementsAre("wiped"));
  ShardLook next = Look(1);
  next.id = "b";
  EXPECT_THAT(Take(next), IsEmpty()) << "said once";
}

TEST_F(ShardWatchTest, AStampThatAnotherNodeMadeAnewWasWipedToo) {
  (void)Take(Look(5));
  ShardLook other = Look(7);
  other.id = "b";
  EXPECT_THAT(Kinds(other), testing::ElementsAre("wiped"));
}

TEST_F(ShardWatchTest, ALowerCounterWasRolledBack) {
  (void)Take(Look(5));
  EXPECT_THAT(Kinds(Look(5)), testing::ElementsAre("rolled_back")) << "6 was seen";
  EXPECT_THAT(Take(Look(6)), IsEmpty());
}

TEST_F(ShardWatchTest, AnotherPrimaryIsAFailoverEvenWhenNothingWasLost) {
  (void)Take(Look(5));
  ShardLook other = Look(6);
  other.primary = "p2";
  EXPECT_THAT(Kinds(other), testing::ElementsAre("failed_over"));
  EXPECT_THAT(Kinds(other), testing::ElementsAre("rolled_back")) << "the counter was said again";
}

TEST_F(ShardWatchTest, APrimaryThatDoesNotSayWhoItIsIsNoFailover) {
  (void)Take(Look(5));
  ShardLook silent = Look(6);
  silent.primary = "";
  EXPECT_THAT(Take(silent), IsEmpty());
  EXPECT_THAT(Take(Look(7)), IsEmpty());
}

TEST_F(ShardWatchTest, AStoreOfAnotherEnvironmentIsSaidOnceWithWhatToDo) {
  ShardLook foreign = Look(5);
  foreign.environment = "staging";
  const std::vector<StoreIncident> said = Take(foreign);
  ASSERT_THAT(said, SizeIs(1));
  EXPECT_THAT(said[0].text, HasSubstr("'staging'"));
  EXPECT_THAT(Take(foreign), IsEmpty());
  EXPECT_TRUE(watch_.AnyForeign());
  EXPECT_FALSE(watch_.Ours("0"));
  (void)Take(Look(6));
  EXPECT_TRUE(watch_.Ours("0"));
}

TEST_F(ShardWatchTest, AStampOfAnotherTagIsNoWipe) {
  (void)Take(Look(5));
  ShardLook fresh = Look(0);
  fresh.environment = "";
  fresh.fresh = true;
  EXPECT_THAT(watch_.Take({{"shard-2", "17", fresh}}, kNow), IsEmpty());
}

LookedAt At(const std::string& tag, int64_t counter, const std::string& primary) {
  LookedAt seen{.shard = "shard-" + tag, .tag = tag, .look = Look(counter)};
  seen.look.primary = primary;
  return seen;
}

TEST_F(ShardWatchTest, AStampWhoseSlotMovesToAnotherPrimaryIsNoFailover) {
  (void)watch_.Take({At("0", 5, "p1"), At("1", 5, "p2")}, kNow);
  // p1 keeps other slots, so it has another stamp now, or none that has been looked at.
  EXPECT_THAT(watch_.Take({At("0", 6, "p2"), At("7", 0, "p1")}, kNow), IsEmpty());
  EXPECT_THAT(watch_.Take({At("0", 7, "p1"), At("1", 6, "p2")}, kNow), IsEmpty());
  EXPECT_THAT(watch_.Take({At("0", 8, "p2")}, kNow), IsEmpty());
}

TEST_F(ShardWatchTest, AStampWhoseSlotMovesToAPrimaryThatHadNoneIsNoFailover) {
  (void)watch_.Take({At("0", 5, "p1")}, kNow);
  EXPECT_THAT(watch_.Take({At("0", 6, "p2"), At("1", 0, "p1")}, kNow), IsEmpty());
}

TEST_F(ShardWatchTest, AFailoverOfOneOfManyIsOne) {
  (void)watch_.Take({At("0", 5, "p1"), At("1", 5, "p2")}, kNow);
  const std::vector<StoreIncident> incidents = watch_.Take({At("0", 6, "p3"), At("1", 6, "p2")}, kNow);
  ASSERT_THAT(incidents, SizeIs(1));
  EXPECT_EQ(incidents[0].kind, StoreIncidentKind::kFailedOver);
  EXPECT_EQ(incidents[0].shard, "shard-0");
  EXPECT_THAT(watch_.Take({At("0", 7, "p1"), At("1", 7, "p2")}, kNow), SizeIs(1)) << "and back again";
}

TEST_F(ShardWatchTest, AMovedStampThatWasLostOnTheWayWasWiped) {
  (void)watch_.Take({At("0", 5, "p1"), At("1", 5, "p2")}, kNow);
  LookedAt fresh = At("0", 0, "p2");
  fresh.look.environment = "";
  fresh.look.id = "b";
  fresh.look.fresh = true;
  EXPECT_THAT(watch_.Take({fresh, At("7", 0, "p1")}, kNow), SizeIs(1));
}

TEST(StoreIncidentsTest, KeepsTheLatest) {
  StoreIncidents incidents;
  for (int i = 0; i < 100; ++i) incidents.Add({.text = std::to_string(i)});
  ASSERT_THAT(incidents.Latest(), SizeIs(StoreIncidents::kKept));
  EXPECT_EQ(incidents.Latest().front().text, "99");
}

}  // namespace
}  // namespace latchkey
