// Random histories, played on a store and on the naive model at once. Every decision is compared; then the
// model is led to where the store went, so that each decision is judged by itself.
#include <random>

#include "tests/contract/signal_store_contract.h"
#include "tests/support/naive_signal_store.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr uint16_t kEver = SeriesId::kEverBit | 10;
constexpr uint16_t kQuiet = SeriesId::kEverBit | 12;
constexpr uint16_t kMembers = SeriesId::kDistinctBit | 11;

// Removes what could refuse, so that the model does as the store did.
ChargeRequest Unlimited(ChargeRequest request, size_t lane) {
  request.lanes = {request.lanes[lane]};
  for (auto* asks : {&request.lanes[0].account, &request.lanes[0].network}) {
    for (CounterAsk& ask : *asks) ask.limits.clear();
  }
  return request;
}

// What a store that overcounts by an eighth of every window would see, at most.
ChargeRequest Stretched(ChargeRequest request, size_t lane) {
  request.lanes = {request.lanes[lane]};
  for (auto* asks : {&request.lanes[0].account, &request.lanes[0].network}) {
    for (CounterAsk& ask : *asks) {
      for (Limit& limit : ask.limits) limit.window += limit.window / 8;
    }
  }
  request.dry_run = true;
  return request;
}

struct Sent {
  ChargeRequest request;
  ChargeResult by_store;
  ChargeResult by_model;
};

struct Size {
  int64_t above_max = 0;  // of a limit
  int steps = 0;
  bool exact = false;  // too few charges for any to be merged
};

class RandomHistory {
 public:
  RandomHistory(uint64_t seed, const StoreCaller& store, FakeClock& clock)
      : random_(seed), clock_(clock), store_(store.Elsewhere()) {
    model_.keys = store_.keys;
  }

  void Play(const Size& size) {
    const std::vector<LaneAsk> lanes = RandomLanes(size);
    for (int step = 0; step < size.steps && !testing::Test::HasFatalFailure(); ++step) {
      SCOPED_TRACE(testing::Message() << "step " << step);
      Tick();
      if (open_.empty() || Chance(65)) {
        PlayCharge(lanes, size);
      } else {
        PlayReport(static_cast<size_t>(Below(static_cast<int64_t>(open_.size()))));
      }
    }
  }

  int admitted = 0;
  int refused = 0;
  int overcounted = 0;

 private:
  int64_t Below(int64_t bound) { return std::uniform_int_distribution<int64_t>(0, bound - 1)(random_); }
  bool Chance(int percent) { return Below(100) < percent; }

  Limit RandomLimit(const Size& size) {
    const Duration window = minutes(1 + Below(120));
    const int64_t above = 1 + Below(size.above_max);
    switch (Below(size.exact ? 3 : 2)) {
      case 0:
        return ChallengeAbove(above, window);
      case 1:
        return LockoutAbove(above, window, size.exact ? minutes(Below(240)) : minutes(0));
      default:
        return ThrottleAbove(above, window,
                             {.first = seconds(1 + Below(300)), .factor = 2, .max = minutes(1 + Below(30))});
    }
  }
  Limits RandomLimits(const Size& size) {
    Limits limits;
    for (int64_t n = 1 + Below(3); n > 0; --n) limits.push_back(RandomLimit(size));
    return limits;
  }

  // The policy of one history: the same counters in every attempt.
  std::vector<LaneAsk> RandomLanes(const Size& size) {
    LaneAsk device = LaneWith(Lane::kDevice, 0, {CounterOf(kEver, {Consecutive(1 + Below(8))})});
    LaneAsk familiar = LaneWith(Lane::kFamiliar, 0, {CounterOf(3, RandomLimits(size))});
    LaneAsk challenged = LaneWith(Lane::kChallenged, 0, {CounterOf(4, RandomLimits(size))});
    challenged.account[0].sub_is_slot = false;
    LaneAsk stranger = StrangerLane({CounterOf(5, RandomLimits(size))}, {CounterOf(6, RandomLimits(size))});
    if (Chance(30)) stranger.account[0].weight = 2;
    if (size.exact && Chance(50))
      stranger.network.push_back(CounterOf(kMembers, {ChallengeAbove(1 + Below(4), minutes(1 + Below(60)))}));
    if (Chance(40)) {
      Limit quiet = ChallengeAbove(1 + Below(4), hours(0));
      quiet.quiet = minutes(1 + Below(90));
      stranger.account.push_back(CounterOf(kQuiet, {quiet}));
    }
    // A counter that the stranger's lane reads and the challenged lane feeds.
    CounterAsk both = CounterOf(7, RandomLimits(size));
    challenged.account.push_back(both);
    stranger.account.push_back(both);
    return {device, familiar, challenged, stranger};
  }

  ChargeRequest RandomAttempt(const std::vector<LaneAsk>& lanes) {
    ChargeRequest request = AttemptIn({});
    for (LaneAsk lane : lanes) {
      if (lane.lane != Lane::kStranger && !Chance(25)) continue;
      lane.proof_id = static_cast<uint64_t>(lane.lane == Lane::kChallenged ? 1'000 + Below(8) : 1 + Below(3));
      // A member is tried once: of one that succeeds after it failed, only the time may be too late.
      for (CounterAsk& ask : lane.network) ask.member = 1 + next_reservation_;
      request.lanes.push_back(lane);
    }
    request.reservation_id = next_reservation_++;
    if (Chance(40)) request.tag = static_cast<uint16_t>(Below(2));
    request.forced = Chance(2);
    return request;
  }

  void Tick() {
    if (Chance(60)) clock_.Advance(Duration(1 + Below(5'000)));
    if (Chance(25)) clock_.Advance(seconds(1 + Below(240)));
    if (Chance(3)) clock_.Advance(minutes(Below(200)));
  }

  void PlayCharge(const std::vector<LaneAsk>& lanes, const Size& size) {
    const ChargeRequest request = RandomAttempt(lanes);
    ChargeRequest dry = request;
    dry.dry_run = true;
    const int exact = model_.Charge(store_.keys, dry).admitted;
    Sent sent{.request = request, .by_store = store_.Charge(request), .by_model = {}};
    const int answer = sent.by_store.admitted;
    if (size.exact) {
      ASSERT_EQ(answer, exact);
    } else {
      JudgeByWindows(request, answer, exact);
    }
    ++(answer >= 0 ? admitted : refused);
    if (answer < 0 && !request.forced) return;
    const size_t lane = answer >= 0 ? static_cast<size_t>(answer) : request.lanes.size() - 1;
    sent.by_model = model_.Charge(store_.keys, Unlimited(request, lane));
    ASSERT_EQ(sent.by_store.sub, sent.by_model.sub);
    ASSERT_EQ(sent.by_store.shared, sent.by_model.shared);
    ASSERT_EQ(sent.by_store.reservation_id, sent.by_model.reservation_id);
    // What the store answers of a forced charge is that it was refused; it is reported in its last lane.
    sent.request.lanes = {request.lanes[lane]};
    sent.by_store.admitted = 0;
    open_.push_back(std::move(sent));
  }

  // Never admits more than is exact; refuses what a window an eighth longer would refuse, and no more.
  void JudgeByWindows(const ChargeRequest& request, int answer, int exact) {
    if (answer >= 0) {
      ChargeRequest alone = request;
      alone.lanes = {request.lanes[static_cast<size_t>(answer)]};
      alone.dry_run = true;
      ASSERT_EQ(model_.Charge(store_.keys, alone).admitted, 0) << "admits more than is exact";
    }
    if (exact >= 0 && (answer < 0 || answer > exact)) {
      ++overcounted;
      const ChargeRequest stretched = Stretched(request, static_cast<size_t>(exact));
      ASSERT_EQ(model_.Charge(store_.keys, stretched).admitted, -1) << "refuses longer than it may";
    }
  }

  void PlayReport(size_t which) {
    const Sent sent = open_[which];
    if (Chance(80)) open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(which));
    const int64_t dice = Below(10);
    const Settlement settlement = dice < 5   ? Settlement::kWrong
                                  : dice < 9 ? Settlement::kSuccess
                                             : Settlement::kNotVerified;
    SettleRequest report = ReportOf(sent.request, sent.by_store, settlement);
    if (settlement == Settlement::kSuccess && Chance(50)) {
      report.source = Remember{.id = static_cast<uint64_t>(1 + Below(3)), .slots_max = 2};
      report.device = Remember{.id = static_cast<uint64_t>(1 + Below(3)), .slots_max = 2};
    }
    if (sent.request.lanes[0].lane == Lane::kDevice && Chance(50))
      report.account[0].kind = CounterEffect::Kind::kClear;
    const SettleResult by_store = store_.Settle(report);
    const SettleResult by_model = model_.Settle(store_.keys, report);
    ASSERT_EQ(by_store.state, by_model.state);
    ASSERT_EQ(by_store.given_back, by_model.given_back);
    ASSERT_EQ(by_store.records.account->slots, by_model.records.account->slots);
  }

  std::mt19937_64 random_;
  FakeClock& clock_;
  StoreCaller store_;
  StoreCaller model_{std::make_shared<NaiveSignalStore>(clock_)};
  uint64_t next_reservation_ = 1;
  std::vector<Sent> open_;
};

TEST_P(SignalStoreContract, AdmitsExactlyWhatTheNaiveModelAdmits) {
  int admitted = 0;
  int refused = 0;
  for (uint64_t seed = 1; seed <= 60 && !HasFailure(); ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    RandomHistory history(seed, caller_, clock_);
    history.Play({.above_max = 8, .steps = 150, .exact = true});
    admitted += history.admitted;
    refused += history.refused;
  }
  EXPECT_GT(admitted, 1'000);
  EXPECT_GT(refused, 1'000);
}

TEST_P(SignalStoreContract, NeverAdmitsMoreThanTheNaiveModelAndRefusesForAnEighthOfAWindowLonger) {
  int refused = 0;
  for (uint64_t seed = 101; seed <= 110 && !HasFailure(); ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    RandomHistory history(seed, caller_, clock_);
    history.Play({.above_max = 150, .steps = 1'000, .exact = false});
    refused += history.refused;
  }
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace latchkey
