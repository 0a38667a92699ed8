// A charge over two servers, as the engine plans it.
#include "engine/signal/two_shards.h"

#include <gtest/gtest.h>

#include "engine/signal/series.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const TimePoint kNow{hours(24 * 365 * 50)};

CounterAsk Counter(uint16_t signature, int64_t above) {
  return {.signature = signature,
          .charged = true,
          .limits = {{.above = above, .window = hours(1), .then = Consequence::kThrottle}},
          .windows = {hours(1)},
          .horizon = hours(1)};
}

LaneAsk LaneOf(Lane lane, std::vector<CounterAsk> account, std::vector<CounterAsk> network) {
  return {.lane = lane,
          .proof_id = 7,
          .slots_max = 3,
          .fresh_for = hours(1),
          .account = std::move(account),
          .network = std::move(network)};
}

// As most attempts are: perhaps of a device, perhaps from a familiar source, else a stranger's.
ChargeRequest Attempt(bool with_device) {
  ChargeRequest request{.lanes = {}, .reservation_id = 1, .token_life = seconds(120), .keep = hours(2)};
  if (with_device) request.lanes.push_back(LaneOf(Lane::kDevice, {Counter(1, 2)}, {}));
  request.lanes.push_back(LaneOf(Lane::kFamiliar, {Counter(2, 2)}, {}));
  request.lanes.push_back(LaneOf(Lane::kStranger, {Counter(3, 2)}, {Counter(4, 3)}));
  return request;
}

int64_t CountIn(const Record& record, uint16_t signature) {
  const Series* series = record.FindSeries({.signature = signature, .sub = 0});
  int64_t count = 0;
  if (series == nullptr) return 0;
  for (const Entry& entry : series->entries) count += entry.count;
  return count;
}

TEST(TwoShardsTest, ADeviceLeadsAndNeedsNoNetwork) {
  const ChargeRequest request = Attempt(/*with_device=*/true);
  EXPECT_EQ(LeadingLanes(request), 2);
  EXPECT_EQ(ExpectedLane(request, 0), 0);
  EXPECT_EQ(LeadingPart(request, 2).lanes.size(), 2U);
  EXPECT_EQ(ExpectedLane(request, 2), 2) << "when the device is spent, the stranger's lane";
}

TEST(TwoShardsTest, WithoutAProofOfItsOwnAStrangerIsExpected) {
  const ChargeRequest request = Attempt(/*with_device=*/false);
  EXPECT_EQ(LeadingLanes(request), 1);
  EXPECT_EQ(ExpectedLane(request, 0), 1) << "whether it is familiar only the account knows";
}

TEST(TwoShardsTest, TheNetworkChargesTheExpectedLaneAndNothingInADryRun) {
  ChargeRequest request = Attempt(false);
  NetworkAnswer answer = ApplyNetworkCharge(request, 1, Record(), kNow);
  EXPECT_EQ(answer.admits, (std::vector<bool>{true, true}));
  EXPECT_TRUE(answer.charged);
  EXPECT_EQ(CountIn(answer.network, 4), 1);
  for (int i = 0; i < 3; ++i) answer = ApplyNetworkCharge(request, 1, answer.network, kNow);
  EXPECT_EQ(answer.admits, (std::vector<bool>{true, false}));
  EXPECT_FALSE(answer.charged);
  EXPECT_EQ(CountIn(answer.network, 4), 3);
  request.dry_run = true;
  answer = ApplyNetworkCharge(request, 1, Record(), kNow);
  EXPECT_TRUE(answer.admits[1]);
  EXPECT_EQ(answer.network, Record());
}

TEST(TwoShardsTest, ALaneThatTheNetworkRefusesIsClosedAndStillWhatARefusalSpeaksOf) {
  ChargeRequest request = Attempt(false);
  const ChargeRequest part = AccountPart(request, {true, false});
  EXPECT_TRUE(part.lanes[1].closed);
  EXPECT_TRUE(part.lanes[1].network.empty());
  ChargeResult result = ApplyCharge(part, {.now = kNow, .account = {}, .network = {}});
  EXPECT_EQ(result.admitted, -1);
  EXPECT_EQ(result.counted, -1);
  EXPECT_EQ(result.records.account, Record());
  request.forced = true;
  result = ApplyCharge(AccountPart(request, {true, false}), {.now = kNow, .account = {}, .network = {}});
  EXPECT_EQ(result.admitted, -1);
  EXPECT_EQ(result.counted, 1) << "what happened elsewhere is counted all the same";
  EXPECT_EQ(CountIn(result.records.account, 3), 1);
}

TEST(TwoShardsTest, TheNetworkIsCorrectedWhenTheAccountDecidesOtherwise) {
  const ChargeRequest request = Attempt(false);
  const NetworkAnswer answer = ApplyNetworkCharge(request, 1, Record(), kNow);
  ChargeResult account{.records = {}, .admitted = 1, .counted = 1};
  EXPECT_FALSE(CorrectionOf(request, 1, answer, account)) << "as expected";

  const auto given_back = [&](const ChargeResult& result) {
    const auto change = CorrectionOf(request, 1, answer, result);
    return change && ApplyNetworkChange(*change, answer.network, kNow) == Record();
  };
  EXPECT_TRUE(given_back({.admitted = 0, .counted = 0})) << "it was familiar";
  EXPECT_TRUE(given_back({.admitted = -1})) << "it was refused";
  EXPECT_TRUE(given_back({.admitted = 1, .counted = 1, .shared = true})) << "it was in flight already";
  EXPECT_EQ(ApplyNetworkChange(*WithdrawalOf(request, 1, answer), answer.network, kNow), Record());

  // The network refused it, and it happened elsewhere: it is counted after all.
  NetworkAnswer refused = answer;
  refused.charged = false;
  const auto change = CorrectionOf(request, 1, refused, {.admitted = -1, .counted = 1});
  ASSERT_TRUE(change);
  EXPECT_EQ(CountIn(ApplyNetworkChange(*change, Record(), kNow), 4), 1);
}

TEST(TwoShardsTest, OfAReportTheNetworkHearsWhatIsDueThere) {
  SettleRequest report{.reservation_id = 1, .token_life = seconds(120), .keep = hours(2)};
  report.network = {{.series = {.signature = 4, .sub = 0}, .horizon = hours(1)},
                    {.series = {.signature = 5, .sub = 0}, .kind = CounterEffect::Kind::kAdd}};
  EXPECT_TRUE(AccountPart(report).network.empty());
  using State = SettleResult::State;
  const auto due = [&report](State state, bool given_back) {
    const auto change =
        NetworkPart(report, {.state = state, .given_back = given_back, .charged_at = kNow, .records = {}});
    return change ? change->effects.size() : 0;
  };
  EXPECT_EQ(due(State::kSettled, true), 2U);
  EXPECT_EQ(due(State::kAlready, false), 0U);
  EXPECT_EQ(due(State::kExpired, false), 0U);
  report.settlement = Settlement::kWrong;
  EXPECT_EQ(due(State::kSettled, false), 0U);
  EXPECT_EQ(due(State::kSettled, true), 1U) << "the same wrong password again";
}

TEST(TwoShardsTest, WhatIsGivenBackIsFoundThoughTheClocksDiffer) {
  const auto left = [](const std::vector<Duration>& charged, Duration asked, Duration tolerance) {
    Series series{.id = {.signature = 4, .sub = 0}, .entries = {}};
    for (const Duration at : charged) Charge(series, kNow + at, 1, 0, {.horizon = hours(1)});
    GiveBack(series, kNow + asked, 1, 0, 0, tolerance);
    std::vector<Duration> times;
    for (const Entry& entry : series.entries) times.push_back(entry.at - kNow);
    return times;
  };
  using Times = std::vector<Duration>;
  const Times three = {seconds(0), seconds(3), seconds(9)};
  const auto exactly = Duration::zero();
  EXPECT_EQ(left(three, Duration(3010), exactly), three) << "one clock: it is not there";
  EXPECT_EQ(left(three, Duration(3010), kShardClockTolerance), (Times{seconds(0), seconds(9)}));
  EXPECT_EQ(left(three, Duration(2400), kShardClockTolerance), (Times{seconds(0), seconds(9)}));
  EXPECT_EQ(left(three, Duration(1400), kShardClockTolerance), (Times{seconds(3), seconds(9)})) << "nearest";
  EXPECT_EQ(left(three, seconds(11), kShardClockTolerance), (Times{seconds(0), seconds(3)})) << "the bound";
  EXPECT_EQ(left(three, Duration(11'001), kShardClockTolerance), three) << "beyond it";
  EXPECT_EQ(left(three, Duration(6'000), kShardClockTolerance), three);
}

TEST(TwoShardsTest, BothRecordsAreShownByTheAccountsClock) {
  const ChargeRequest request = Attempt(false);
  const NetworkAnswer answer = ApplyNetworkCharge(request, 1, Record(), kNow + seconds(1));
  ChargeResult account{.admitted = 1, .counted = 1};
  account.records.now = kNow;
  const ChargeResult joined = Joined(account, answer, std::nullopt);
  EXPECT_EQ(joined.records.network->series.at(0).entries.at(0).at, kNow);
}

}  // namespace
}  // namespace latchkey
