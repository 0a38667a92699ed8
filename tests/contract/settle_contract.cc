// What becomes of a charge: reported once, given back or kept, cleared, remembered.
#include "tests/contract/signal_store_contract.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using State = SettleResult::State;

constexpr SeriesId kFailures{.signature = 2, .sub = 0};
constexpr SeriesId kEver{.signature = SeriesId::kEverBit | 3, .sub = 0};

ChargeRequest Guess(int64_t above = 5) {
  return AttemptIn({StrangerLane({CounterOf(kFailures.signature, {ChallengeAbove(above, hours(1))})})});
}

TEST_P(SignalStoreContract, ASuccessGivesBackItsOwnChargeAndNoOther) {
  const ChargeRequest guess = Guess();
  std::vector<ChargeResult> charged;
  for (int i = 0; i < 3; ++i) {
    charged.push_back(Charge(guess));
    clock_.Advance(seconds(1));
  }
  const SettleResult settled = Report(guess, charged[1], Settlement::kSuccess);
  EXPECT_EQ(settled.state, State::kSettled);
  EXPECT_TRUE(settled.given_back);
  const Record record = caller_.Read().account;
  ASSERT_EQ(record.FindSeries(kFailures)->entries.size(), 2U);
  EXPECT_EQ(record.FindSeries(kFailures)->entries[0].at, charged[0].records.now);
  EXPECT_EQ(record.FindSeries(kFailures)->entries[1].at, charged[2].records.now);
}

TEST_P(SignalStoreContract, AWrongPasswordStaysCharged) {
  const ChargeRequest guess = Guess();
  const SettleResult settled = Report(guess, Charge(guess), Settlement::kWrong);
  EXPECT_EQ(settled.state, State::kSettled);
  EXPECT_FALSE(settled.given_back);
  EXPECT_EQ(CountOf(kFailures), 1);
}

TEST_P(SignalStoreContract, ReportingTwiceCountsOnce) {
  const ChargeRequest guess = Guess();
  const ChargeResult first = Charge(guess);
  const ChargeResult second = Charge(guess);
  EXPECT_EQ(Report(guess, first, Settlement::kSuccess).state, State::kSettled);
  const SettleResult again = Report(guess, first, Settlement::kSuccess);
  EXPECT_EQ(again.state, State::kAlready);
  EXPECT_FALSE(again.given_back);
  EXPECT_EQ(CountOf(kFailures), 1);
  Report(guess, second, Settlement::kWrong);
  EXPECT_EQ(Report(guess, second, Settlement::kSuccess).state, State::kAlready) << "wrong is wrong";
  EXPECT_EQ(CountOf(kFailures), 1);
}

TEST_P(SignalStoreContract, WhatWasNeverChargedIsNotSettled) {
  const ChargeRequest guess = Guess();
  ChargeResult invented = Charge(guess);
  invented.reservation_id = 0x7fff'ffff;
  EXPECT_EQ(Report(guess, invented, Settlement::kSuccess).state, State::kAlready);
  EXPECT_EQ(CountOf(kFailures), 1);
}

TEST_P(SignalStoreContract, AChargeThatWasNotReportedInTimeStands) {
  const ChargeRequest guess = Guess(1);
  const ChargeResult in_time = Charge(guess);
  clock_.Advance(kTokenLife - Duration(1));
  EXPECT_EQ(Report(guess, in_time, Settlement::kSuccess).state, State::kSettled);
  EXPECT_EQ(CountOf(kFailures), 0);

  const ChargeResult late = Charge(guess);
  clock_.Advance(kTokenLife);
  const SettleResult settled = Report(guess, late, Settlement::kSuccess);
  EXPECT_EQ(settled.state, State::kExpired);
  EXPECT_FALSE(settled.given_back);
  EXPECT_EQ(CountOf(kFailures), 1);
  EXPECT_FALSE(Admits(guess));
}

TEST_P(SignalStoreContract, ALateSuccessIsStillRemembered) {
  const ChargeRequest guess = Guess();
  const ChargeResult late = Charge(guess);
  clock_.Advance(hours(1));
  SettleRequest report = ReportOf(guess, late, Settlement::kSuccess);
  report.source = Remember{.id = 77, .slots_max = 5};
  EXPECT_EQ(caller_.Settle(report).state, State::kExpired);
  EXPECT_NE(caller_.Read().account->FindSlot(Lane::kFamiliar, 77), nullptr);
}

TEST_P(SignalStoreContract, AFailureRemembersNobody) {
  const ChargeRequest guess = Guess();
  SettleRequest report = ReportOf(guess, Charge(guess), Settlement::kWrong);
  report.source = Remember{.id = 77, .slots_max = 5};
  report.device = Remember{.id = 78, .slots_max = 5};
  caller_.Settle(report);
  EXPECT_TRUE(caller_.Read().account->slots.empty());
}

TEST_P(SignalStoreContract, TheSourcesChargeIsGivenBackWithTheAccounts) {
  const CounterAsk by_source = CounterOf(9, {ChallengeAbove(5, hours(1))});
  const ChargeRequest guess =
      AttemptIn({StrangerLane({CounterOf(kFailures.signature, {ChallengeAbove(5, hours(1))})}, {by_source})});
  const ChargeResult charged = Charge(guess);
  ASSERT_NE(charged.records.network->FindSeries({.signature = 9, .sub = 0}), nullptr);
  const SettleResult settled = Report(guess, charged, Settlement::kSuccess);
  EXPECT_EQ(settled.records.network->FindSeries({.signature = 9, .sub = 0}), nullptr);
  EXPECT_EQ(caller_.Read().network, Record{});
}

TEST_P(SignalStoreContract, TheSameWrongPasswordAgainIsGivenBack) {
  ChargeRequest guess = Guess();
  guess.tag = 1234;
  EXPECT_FALSE(Report(guess, Charge(guess), Settlement::kWrong).given_back);
  EXPECT_TRUE(Report(guess, Charge(guess), Settlement::kWrong).given_back);
  EXPECT_EQ(CountOf(kFailures), 1);
  guess.tag = 1235;
  EXPECT_FALSE(Report(guess, Charge(guess), Settlement::kWrong).given_back);
  EXPECT_EQ(CountOf(kFailures), 2);
}

TEST_P(SignalStoreContract, AKnownWrongPasswordIsChargedWhileInFlightAndOpensNoClosedLane) {
  ChargeRequest guess = Guess(1);
  guess.tag = 1234;
  Report(guess, Charge(guess), Settlement::kWrong);
  EXPECT_FALSE(Admits(guess));
}

TEST_P(SignalStoreContract, AWrongPasswordIsKnownOnlyWhereItWasTried) {
  ChargeRequest guess = AttemptIn({LaneWith(Lane::kDevice, 5, {CounterOf(4, {Consecutive(5)})}),
                                   StrangerLane({CounterOf(kFailures.signature, {})})});
  guess.tag = 1234;
  Report(guess, Charge(guess), Settlement::kWrong);
  guess.lanes.erase(guess.lanes.begin());
  EXPECT_FALSE(Report(guess, Charge(guess), Settlement::kWrong).given_back);
}

TEST_P(SignalStoreContract, EqualPasswordsInFlightShareOneReservation) {
  ChargeRequest guess = Guess();
  guess.tag = 1234;
  const ChargeResult first = Charge(guess);
  EXPECT_FALSE(first.shared);
  clock_.Advance(seconds(1));
  const ChargeResult second = Charge(guess);
  EXPECT_TRUE(second.shared);
  EXPECT_EQ(second.reservation_id, first.reservation_id);
  EXPECT_EQ(CountOf(kFailures), 1);
  EXPECT_EQ(Report(guess, second, Settlement::kSuccess).state, State::kSettled);
  EXPECT_EQ(CountOf(kFailures), 0) << "what the first was charged with";
  EXPECT_EQ(Report(guess, first, Settlement::kSuccess).state, State::kAlready);
}

TEST_P(SignalStoreContract, AReservationIsSharedOnlyWhileItMayBeReported) {
  ChargeRequest guess = Guess();
  guess.tag = 1234;
  Charge(guess);
  clock_.Advance(kTokenLife);
  EXPECT_FALSE(Charge(guess).shared);
  EXPECT_EQ(CountOf(kFailures), 2);
}

TEST_P(SignalStoreContract, UnverifiedAttemptsAreGivenBackThreeTimesAWindow) {
  const ChargeRequest guess = Guess(50);
  for (int i = 0; i < 5; ++i) {
    const SettleResult settled = Report(guess, Charge(guess), Settlement::kNotVerified);
    EXPECT_EQ(settled.state, State::kSettled);
    EXPECT_EQ(settled.given_back, i < 3) << i;
    clock_.Advance(minutes(1));
  }
  EXPECT_EQ(CountOf(kFailures), 2);
  clock_.Advance(hours(1) - minutes(5));
  EXPECT_TRUE(Report(guess, Charge(guess), Settlement::kNotVerified).given_back) << "an hour later";
}

TEST_P(SignalStoreContract, ASuccessClearsWhatCountsUntilSuccess) {
  const ChargeRequest guess = AttemptIn({StrangerLane({CounterOf(kEver.signature, {Consecutive(5)})})});
  for (int i = 0; i < 4; ++i) Report(guess, Charge(guess), Settlement::kWrong);
  SettleRequest report = ReportOf(guess, Charge(guess), Settlement::kSuccess);
  report.account[0].kind = CounterEffect::Kind::kClear;
  caller_.Settle(report);
  EXPECT_EQ(CountOf(kEver), 0);
}

TEST_P(SignalStoreContract, NothingButASuccessClears) {
  const ChargeRequest guess = AttemptIn({StrangerLane({CounterOf(kEver.signature, {Consecutive(5)})})});
  for (const Settlement settlement : {Settlement::kWrong, Settlement::kNotVerified}) {
    SettleRequest report = ReportOf(guess, Charge(guess), settlement);
    report.account[0].kind = CounterEffect::Kind::kClear;
    caller_.Settle(report);
  }
  EXPECT_EQ(CountOf(kEver), 2);
}

TEST_P(SignalStoreContract, AChargeThatWasClearedMeanwhileIsNotTakenFromALaterOne) {
  const ChargeRequest guess = AttemptIn({StrangerLane({CounterOf(kEver.signature, {Consecutive(5)})})});
  const ChargeResult slow = Charge(guess);
  clock_.Advance(seconds(1));
  SettleRequest success = ReportOf(guess, Charge(guess), Settlement::kSuccess);
  success.account[0].kind = CounterEffect::Kind::kClear;
  caller_.Settle(success);
  clock_.Advance(seconds(1));
  Report(guess, Charge(guess), Settlement::kWrong);
  Report(guess, slow, Settlement::kNotVerified);
  EXPECT_EQ(CountOf(kEver), 1);
}

TEST_P(SignalStoreContract, ASuccessIsAddedWhereSuccessesAreCounted) {
  const ChargeRequest guess = Guess();
  for (const Settlement settlement : {Settlement::kSuccess, Settlement::kWrong, Settlement::kSuccess}) {
    SettleRequest report = ReportOf(guess, Charge(guess), settlement);
    report.account.push_back({.series = {.signature = 7, .sub = 0},
                              .kind = CounterEffect::Kind::kAdd,
                              .windows = {hours(1)},
                              .horizon = hours(1)});
    caller_.Settle(report);
    caller_.Settle(report);
  }
  EXPECT_EQ(CountOf({.signature = 7, .sub = 0}), 2);
}

}  // namespace
}  // namespace latchkey
