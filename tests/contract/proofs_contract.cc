// Who is known: devices, recoveries, familiar sources, challenges, epochs.
#include "tests/contract/signal_store_contract.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr uint16_t kEver = SeriesId::kEverBit | 4;
constexpr uint64_t kLaptop = 11;
constexpr uint64_t kPhone = 12;
constexpr uint64_t kTablet = 13;
constexpr int kProven = 0;
constexpr int kAsStranger = 1;

// Answered with its proof, else as a stranger; two proofs of a kind have places.
ChargeRequest With(Lane lane, uint64_t proof, int64_t above = 5) {
  return AttemptIn({LaneWith(lane, proof, {CounterOf(kEver, {Consecutive(above)})}),
                    StrangerLane({CounterOf(2, {ChallengeAbove(100, hours(1))})})});
}

TEST_P(SignalStoreContract, AnUnknownDeviceClaimsAFreePlaceAndKeepsIt) {
  const ChargeResult laptop = Charge(With(Lane::kDevice, kLaptop));
  EXPECT_EQ(laptop.admitted, kProven);
  EXPECT_EQ(laptop.sub, 0);
  const ChargeResult phone = Charge(With(Lane::kDevice, kPhone));
  EXPECT_EQ(phone.admitted, kProven);
  EXPECT_EQ(phone.sub, 1);
  EXPECT_EQ(Charge(With(Lane::kDevice, kLaptop)).sub, 0);
  EXPECT_EQ(caller_.Read().account->slots.size(), 2U);
}

TEST_P(SignalStoreContract, AnUnknownDeviceIsAStrangerWhenAllPlacesAreTaken) {
  Charge(With(Lane::kDevice, kLaptop));
  Charge(With(Lane::kDevice, kPhone));
  EXPECT_EQ(Charge(With(Lane::kDevice, kTablet)).admitted, kAsStranger);
  EXPECT_EQ(caller_.Read().account->FindSlot(Lane::kDevice, kTablet), nullptr);
}

TEST_P(SignalStoreContract, EachDeviceHasABudgetOfItsOwn) {
  for (int i = 0; i < 5; ++i) ASSERT_EQ(Charge(With(Lane::kDevice, kLaptop)).admitted, kProven);
  EXPECT_EQ(Charge(With(Lane::kDevice, kLaptop)).admitted, kAsStranger) << "spent: as the next weaker lane";
  EXPECT_EQ(Charge(With(Lane::kDevice, kPhone)).admitted, kProven);
}

TEST_P(SignalStoreContract, ANewDeviceTakesThePlaceOfTheOneSeenLongestAgoAndInheritsItsCount) {
  for (const uint64_t device : {kLaptop, kPhone}) {
    const ChargeRequest login = With(Lane::kDevice, device);
    Report(login, Charge(login), Settlement::kSuccess);
    clock_.Advance(hours(1));
  }
  Report(With(Lane::kDevice, kLaptop), Charge(With(Lane::kDevice, kLaptop)), Settlement::kSuccess);
  for (int i = 0; i < 3; ++i) Charge(With(Lane::kDevice, kPhone));
  clock_.Advance(minutes(5));

  const ChargeRequest stranger = AttemptIn({StrangerLane({})});
  SettleRequest login = ReportOf(stranger, Charge(stranger), Settlement::kSuccess);
  login.device = Remember{.id = kTablet, .slots_max = 2, .name = "tablet"};
  caller_.Settle(login);

  const Record account = caller_.Read().account;
  EXPECT_EQ(account.FindSlot(Lane::kDevice, kPhone), nullptr) << "the laptop was seen later";
  ASSERT_NE(account.FindSlot(Lane::kDevice, kTablet), nullptr);
  EXPECT_EQ(account.FindSlot(Lane::kDevice, kTablet)->name, "tablet");
  for (int i = 3; i < 5; ++i) EXPECT_EQ(Charge(With(Lane::kDevice, kTablet)).admitted, kProven);
  EXPECT_EQ(Charge(With(Lane::kDevice, kTablet)).admitted, kAsStranger) << "three of five were spent";
}

TEST_P(SignalStoreContract, ADeviceThatOnlyClaimedAPlaceIsTheFirstToGo) {
  const ChargeRequest login = With(Lane::kDevice, kLaptop);
  Report(login, Charge(login), Settlement::kSuccess);
  clock_.Advance(hours(1));
  Charge(With(Lane::kDevice, kPhone));  // an old token that lost its place once
  const ChargeRequest stranger = AttemptIn({StrangerLane({})});
  SettleRequest report = ReportOf(stranger, Charge(stranger), Settlement::kSuccess);
  report.device = Remember{.id = kTablet, .slots_max = 2};
  caller_.Settle(report);
  const Record account = caller_.Read().account;
  EXPECT_NE(account.FindSlot(Lane::kDevice, kLaptop), nullptr);
  EXPECT_EQ(account.FindSlot(Lane::kDevice, kPhone), nullptr);
}

TEST_P(SignalStoreContract, ASourceIsFamiliarOnceALoginCompletedThere) {
  EXPECT_EQ(Charge(With(Lane::kFamiliar, 21)).admitted, kAsStranger);
  const ChargeRequest stranger = AttemptIn({StrangerLane({})});
  SettleRequest login = ReportOf(stranger, Charge(stranger), Settlement::kSuccess);
  login.source = Remember{.id = 21, .slots_max = 5};
  caller_.Settle(login);
  EXPECT_EQ(Charge(With(Lane::kFamiliar, 21)).admitted, kProven);
  EXPECT_EQ(Charge(With(Lane::kFamiliar, 22)).admitted, kAsStranger);
}

TEST_P(SignalStoreContract, AFamiliarSourceIsForgottenAfterItsTimeUnlessItIsSeenAgain) {
  const ChargeRequest stranger = AttemptIn({StrangerLane({})});
  SettleRequest login = ReportOf(stranger, Charge(stranger), Settlement::kSuccess);
  login.source = Remember{.id = 21, .slots_max = 5};
  caller_.Settle(login);
  clock_.Advance(hours(24 * 30) - Duration(1));
  const ChargeRequest familiar = With(Lane::kFamiliar, 21);
  const ChargeResult again = Charge(familiar);
  ASSERT_EQ(again.admitted, kProven);
  Report(familiar, again, Settlement::kSuccess);
  clock_.Advance(hours(24 * 30) - Duration(1));
  EXPECT_EQ(Charge(familiar).admitted, kProven);
  clock_.Advance(Duration(1));
  EXPECT_EQ(Charge(familiar).admitted, kAsStranger) << "failing there is not being seen";
}

TEST_P(SignalStoreContract, AChallengeOpensItsLaneOnce) {
  const ChargeRequest solved = With(Lane::kChallenged, 31);
  EXPECT_EQ(Charge(solved).admitted, kProven);
  EXPECT_EQ(Charge(solved).admitted, kAsStranger);
  EXPECT_EQ(Charge(With(Lane::kChallenged, 32)).admitted, kProven);
  clock_.Advance(minutes(10) - Duration(1));
  EXPECT_EQ(Charge(solved).admitted, kAsStranger) << "for as long as it could be brought back";
}

TEST_P(SignalStoreContract, AChallengeThatFoundItsLaneClosedIsNotSpent) {
  const ChargeRequest first = With(Lane::kChallenged, 31, /*above=*/1);
  const ChargeResult charged = Charge(first);
  const ChargeRequest second = With(Lane::kChallenged, 32, /*above=*/1);
  EXPECT_EQ(Charge(second).admitted, kAsStranger);
  Report(first, charged, Settlement::kSuccess);
  EXPECT_EQ(Charge(second).admitted, kProven);
}

TEST_P(SignalStoreContract, ARecoveryMustHaveBeenOpenedAndNotLongAgo) {
  const ChargeRequest recovered = With(Lane::kRecovered, 41);
  EXPECT_EQ(Charge(recovered).admitted, kAsStranger);
  const TimePoint opened = clock_.Now();
  caller_.Update([opened](Record& record, TimePoint) {
    record.slots.push_back({.lane = Lane::kRecovered, .index = 3, .id = 41, .since = opened, .seen = opened});
  });
  const ChargeResult result = Charge(recovered);
  EXPECT_EQ(result.admitted, kProven);
  EXPECT_EQ(result.sub, 3);
  clock_.Advance(hours(24 * 30));
  EXPECT_EQ(Charge(recovered).admitted, kAsStranger);
}

TEST_P(SignalStoreContract, AnEpochMakesOlderTokensWorthless) {
  ChargeRequest old_token = With(Lane::kDevice, kLaptop);
  EXPECT_EQ(Charge(old_token).admitted, kProven);
  const Record written = caller_.Update([](Record& record, TimePoint) { record.epoch = 7; });
  EXPECT_EQ(written.epoch, 7);
  EXPECT_EQ(Charge(old_token).admitted, kAsStranger);
  ChargeRequest new_token = old_token;
  new_token.lanes[0].proof_epoch = 7;
  EXPECT_EQ(Charge(new_token).admitted, kProven);
}

TEST_P(SignalStoreContract, ADeviceThatWasForgottenDoesNotClaimAPlaceAgain) {
  Charge(With(Lane::kDevice, kLaptop));
  const TimePoint until = clock_.Now() + hours(24);
  caller_.Update([until](Record& record, TimePoint) {
    record.slots.clear();
    record.spent.push_back({.id = kLaptop, .until = until});
  });
  EXPECT_EQ(Charge(With(Lane::kDevice, kLaptop)).admitted, kAsStranger);
  EXPECT_EQ(Charge(With(Lane::kDevice, kPhone)).admitted, kProven);
}

TEST_P(SignalStoreContract, AnOwnersActKeepsWhatItDoesNotTouch) {
  const ChargeRequest guess = With(Lane::kDevice, kLaptop);
  const ChargeResult charged = Charge(guess);
  caller_.Update([](Record& record, TimePoint) { record.slots[0].name = "Ada's laptop"; });
  EXPECT_EQ(CountOf({.signature = kEver, .sub = 0}), 1);
  EXPECT_TRUE(Report(guess, charged, Settlement::kSuccess).given_back);
  EXPECT_EQ(caller_.Read().account->slots[0].name, "Ada's laptop");
}

TEST_P(SignalStoreContract, AnUpdateOfANetworkLeavesTheAccountAlone) {
  constexpr uint16_t kOfNetwork = 6;
  const ChargeRequest guess =
      AttemptIn({StrangerLane({CounterOf(2, {ChallengeAbove(5, hours(1))})},
                              {CounterOf(kOfNetwork, {ChallengeAbove(5, hours(1))})})});
  Charge(guess);
  const Record written = caller_.UpdateNetwork([](Record& record, TimePoint now) {
    ASSERT_EQ(record.series.size(), 1U);
    record.series[0].entries.push_back({.at = now, .count = 3});
  });
  EXPECT_EQ(caller_.Read().network, written);
  EXPECT_EQ(CountOf({.signature = 2, .sub = 0}), 1);
  Charge(guess);
  EXPECT_FALSE(Admits(guess)) << "four charges by the update, one by an attempt";
}

TEST_P(SignalStoreContract, AnOwnersActMayUndoAnEverLastingCount) {
  for (int i = 0; i < 5; ++i) Charge(With(Lane::kDevice, kLaptop));
  ASSERT_EQ(Charge(With(Lane::kDevice, kLaptop)).admitted, kAsStranger);
  caller_.Update([](Record& record, TimePoint) { record.series.clear(); });
  EXPECT_EQ(Charge(With(Lane::kDevice, kLaptop)).admitted, kProven);
}

}  // namespace
}  // namespace latchkey
