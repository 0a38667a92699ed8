// What the contract suite cannot easily reach: full records. (tests/contract has the stories.)
#include "engine/signal/shard.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/signal/record_codec.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kLife = minutes(2);
constexpr uint16_t kFailures = 1;

TimePoint At(Duration after) { return TimePoint(hours(24 * 365 * 50)) + after; }

CounterAsk Counter(int64_t above, Duration window, uint16_t sub = 0) {
  return {.signature = kFailures,
          .sub = sub,
          .charged = true,
          .limits = {{.above = above, .window = window, .then = Consequence::kChallenge}},
          .windows = {window},
          .horizon = window};
}

ChargeRequest Stranger(uint64_t reservation, CounterAsk counter) {
  ChargeRequest request{.reservation_id = reservation, .token_life = kLife, .keep = hours(24)};
  request.lanes.push_back({.lane = Lane::kStranger, .account = {std::move(counter)}});
  return request;
}

SettleRequest Settled(uint64_t reservation, TimePoint charged_at, Settlement settlement, Duration horizon) {
  SettleRequest request{.reservation_id = reservation, .charged_at = charged_at, .settlement = settlement};
  request.account.push_back({.series = {.signature = kFailures, .sub = 0}, .horizon = horizon});
  request.token_life = kLife;
  return request;
}

int64_t CountOf(const Record& record, uint16_t sub = 0) {
  int64_t count = 0;
  if (const Series* series = record.FindSeries({.signature = kFailures, .sub = sub})) {
    for (const Entry& entry : series->entries) count += entry.count;
  }
  return count;
}

TEST(ShardTest, AFullRecordLetsGoOfSeriesThatNoWindowSeesAnyMore) {
  ShardRecords records{.now = At(seconds(0))};
  for (uint16_t host = 0; host < kSeriesMax; ++host) {
    records.account.Mutable().series.push_back(
        {.id = {.signature = kFailures, .sub = host}, .entries = {{.at = records.now}}});
  }
  const uint16_t newcomer = 500;
  records.now = At(minutes(20));
  const ChargeResult result = ApplyCharge(Stranger(1, Counter(5, minutes(15), newcomer)), records);
  EXPECT_EQ(CountOf(result.records.account, newcomer), 1) << "it has a counter of its own";
  EXPECT_EQ(result.records.account->series.size(), 1U);
}

TEST(ShardTest, NewcomersOfAFullRecordShareOneCounterThatOnlyOvercounts) {
  ShardRecords records{.now = At(seconds(0))};
  for (uint16_t host = 0; host < kSeriesMax; ++host) {
    records.account.Mutable().series.push_back(
        {.id = {.signature = kFailures, .sub = host}, .entries = {{.at = records.now}}});
  }
  records = ApplyCharge(Stranger(1, Counter(2, minutes(15), 500)), records).records;
  records = ApplyCharge(Stranger(2, Counter(2, minutes(15), 501)), records).records;
  EXPECT_EQ(CountOf(records.account, SeriesId::kOverflowSub), 2);
  EXPECT_EQ(ApplyCharge(Stranger(3, Counter(2, minutes(15), 502)), records).admitted, -1);
  EXPECT_EQ(ApplyCharge(Stranger(3, Counter(2, minutes(15), 7)), records).admitted, 0)
      << "whoever had a counter keeps it";
}

TEST(ShardTest, AnAttemptThatSharesAReservationGivesBackTheChargeOfTheFirst) {
  ChargeRequest request = Stranger(1, Counter(5, minutes(15)));
  request.tag = 99;
  ShardRecords records = ApplyCharge(request, {.now = At(seconds(0))}).records;
  request.reservation_id = 2;
  records.now = At(seconds(10));
  const ChargeResult second = ApplyCharge(request, records);
  ASSERT_TRUE(second.shared);
  ASSERT_EQ(second.reservation_id, 1U);
  // Somebody else fails after that; only then the second attempt is reported right.
  records = ApplyCharge(Stranger(3, Counter(5, minutes(15))), second.records).records;
  records.now = At(seconds(20));
  records = ApplySettle(Settled(1, At(seconds(10)), Settlement::kSuccess, minutes(15)), records).records;
  ASSERT_EQ(CountOf(records.account), 1);
  EXPECT_EQ(records.account->series[0].entries[0].at, At(seconds(10))) << "the other failure stands";
}

TEST(ShardTest, WhatLeftAShortWindowIsNotTakenBackFromALaterCharge) {
  const Duration window = seconds(30);
  ShardRecords records = ApplyCharge(Stranger(1, Counter(50, window)), {.now = At(seconds(0))}).records;
  records.now = At(seconds(60));
  ChargeRequest heavy = Stranger(2, Counter(50, window));
  heavy.lanes[0].account[0].weight = 3;
  records = ApplyCharge(heavy, records).records;
  records = ApplySettle(Settled(1, At(seconds(0)), Settlement::kSuccess, window), records).records;
  EXPECT_EQ(CountOf(records.account), 3);
}

TEST(ShardTest, AFloodOfReservationsForgetsStrangersBeforeTheOwner) {
  ShardRecords records{.now = At(seconds(0))};
  records.account.Mutable().reservations.push_back({.id = 1, .at = records.now, .lane = Lane::kDevice});
  for (uint64_t id = 2; id < 2 + 2 * kReservationsMax; ++id) {
    records = ApplyCharge(Stranger(id, Counter(100'000, minutes(15))), records).records;
  }
  ASSERT_EQ(records.account->reservations.size(), kReservationsMax);
  EXPECT_EQ(records.account->reservations.front().id, 1U);
  EXPECT_EQ(records.account->reservations[1].id, 2U + kReservationsMax + 1) << "the oldest strangers' went";
}

Record ReportedWrong(Record account, Lane lane, uint16_t sub, uint16_t tag, bool* given_back = nullptr) {
  account.reservations.push_back({.id = 9, .at = At(seconds(0)), .lane = lane, .sub = sub, .tag = tag});
  SettleRequest request = Settled(9, At(seconds(0)), Settlement::kWrong, minutes(15));
  request.lane = lane;
  request.sub = sub;
  request.tag = tag;
  SettleResult result = ApplySettle(request, {.now = At(seconds(1)), .account = std::move(account)});
  if (given_back != nullptr) *given_back = result.given_back;
  return result.records.account;
}

TEST(ShardTest, AFloodOfWrongPasswordsNeverDisplacesTheTagsOfAnotherProof) {
  Record account;
  for (uint16_t tag = 0; tag < kWrongTagsPerSlotMax; ++tag)
    account = ReportedWrong(std::move(account), Lane::kDevice, 0, tag);
  for (Lane lane : {Lane::kStranger, Lane::kFamiliar, Lane::kDevice}) {
    for (uint16_t sub = 1; sub < 6; ++sub) {
      for (uint16_t tag = 100; tag < 110; ++tag) account = ReportedWrong(std::move(account), lane, sub, tag);
    }
  }
  bool given_back = false;
  for (uint16_t tag = 0; tag < kWrongTagsPerSlotMax; ++tag) {
    account = ReportedWrong(std::move(account), Lane::kDevice, 0, tag, &given_back);
    EXPECT_TRUE(given_back) << tag;
  }
}

TEST(ShardTest, ASlotRemembersItsLatestWrongPasswords) {
  Record account;
  for (uint16_t tag = 0; tag <= kWrongTagsPerSlotMax; ++tag)
    account = ReportedWrong(std::move(account), Lane::kStranger, 0, tag);
  bool given_back = true;
  ReportedWrong(account, Lane::kStranger, 0, 0, &given_back);
  EXPECT_FALSE(given_back) << "the first one was displaced by the last";
  ReportedWrong(account, Lane::kStranger, 0, 1, &given_back);
  EXPECT_TRUE(given_back);
}

TEST(ShardTest, AChallengeThatFindsNoRoomDisplacesTheOneThatEndsFirst) {
  ShardRecords records{.now = At(seconds(0))};
  records.account.Mutable().spent.push_back({.id = 7, .until = At(hours(24 * 90))});  // a forgotten device
  for (uint64_t challenge = 100; challenge < 100 + 2 * kSpentMax; ++challenge) {
    ChargeRequest request{.reservation_id = challenge, .token_life = kLife};
    request.lanes.push_back({.lane = Lane::kChallenged, .proof_id = challenge, .spent_for = minutes(10)});
    records.now += seconds(1);
    records = ApplyCharge(request, records).records;
  }
  EXPECT_EQ(records.account->spent.size(), kSpentMax);
  EXPECT_TRUE(records.account->IsSpent(7, records.now));
}

TEST(ShardTest, ANewDeviceInheritsTheCountsOfItsPlaceAndNotItsName) {
  Record account;
  account.slots = {{.lane = Lane::kDevice, .index = 3, .id = 5, .since = At(seconds(0)), .name = "laptop"}};
  SettleRequest request = Settled(1, At(seconds(0)), Settlement::kSuccess, minutes(15));
  request.device = Remember{.id = 6, .slots_max = 1};
  const SettleResult result = ApplySettle(request, {.now = At(seconds(9)), .account = account});
  ASSERT_EQ(result.records.account->slots.size(), 1U);
  const Slot expected{
      .lane = Lane::kDevice, .index = 3, .id = 6, .since = At(seconds(9)), .seen = At(seconds(9))};
  EXPECT_EQ(result.records.account->slots[0], expected);
}

TEST(ShardTest, WhatARecordHoldsCanAlwaysBeReadBack) {
  ShardRecords records{.now = At(seconds(0))};
  ChargeRequest weightless = Stranger(1, Counter(5, minutes(15)));
  weightless.lanes[0].account[0].weight = 0;
  records = ApplyCharge(weightless, records).records;
  EXPECT_TRUE(DecodeRecord(EncodeRecord(records.account)).ok());
}

}  // namespace
}  // namespace latchkey
