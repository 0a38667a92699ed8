// SettlePacked does what ApplySettle does: random histories of attempts and reports are played on both, and
// after every report answers and records are compared.
#include "engine/signal/packed_settle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "engine/signal/packed_charge.h"
#include "engine/signal/record_codec.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using State = SettleResult::State;

constexpr Duration kLife = minutes(2);
constexpr uint16_t kEver = SeriesId::kEverBit | 10;
constexpr uint16_t kQuiet = SeriesId::kEverBit | 12;
constexpr uint16_t kMembers = SeriesId::kDistinctBit | 11;
constexpr uint16_t kMembersOfAccount = SeriesId::kDistinctBit | 13;
constexpr uint16_t kSuccesses = 14;

int64_t BaseOf(std::string_view bytes) {
  MsgpackReader in(bytes);
  in.Array();
  in.Int();
  return in.Int();
}

struct Tally {
  int packed = 0;
  int successes = 0;
  int wrong = 0;
  int known_wrong = 0;
  int emptied = 0;
  int same_base = 0;
  int left = 0;          // to ApplySettle
  int left_in_vain = 0;  // of these, with a reservation that was there
};

class History {
 public:
  History(uint64_t seed, Tally& tally) : random_(seed), tally_(tally), coarse_(seed % 2 == 0) {
    for (const uint16_t signature : {kEver, kQuiet, kMembersOfAccount, uint16_t{3}, uint16_t{4}})
      of_account_.push_back(Counter(signature));
    for (const uint16_t signature : {kMembers, uint16_t{6}, uint16_t{7}})
      of_network_.push_back(Counter(signature));
    of_account_[0].sub_is_slot = true;
  }

  void Play(int steps) {
    for (int step = 0; step < steps && !testing::Test::HasFatalFailure(); ++step) {
      SCOPED_TRACE(testing::Message() << "step " << step);
      if (Chance(60)) now_ += Duration(Below(5'000));
      if (Chance(10)) now_ += seconds(Below(200));
      if (Chance(3)) now_ += minutes(Below(300));
      if (Chance(1)) now_ += hours(24 * Below(40));
      if (Chance(1)) now_ -= Duration(Below(5'000));
      // Half of the histories have whole seconds alone, so that charges have the same times.
      if (coarse_) now_ = TimePoint(std::chrono::floor<seconds>(now_.time_since_epoch()));
      if (Chance(3)) Revoke();
      if (Chance(50) || sent_.empty()) {
        PlayAttempt();
      } else {
        PlayReport();
      }
    }
  }

 private:
  struct Sent {
    SettleRequest report;
    bool done = false;
  };

  int64_t Below(int64_t bound) { return std::uniform_int_distribution<int64_t>(0, bound - 1)(random_); }
  bool Chance(int percent) { return Below(100) < percent; }

  // Without limits: all is admitted, so that series grow.
  CounterAsk Counter(uint16_t signature) {
    CounterAsk ask{.signature = signature, .charged = true};
    const SeriesId id{.signature = signature};
    for (int64_t n = 1 + Below(2); n > 0 && !id.ever(); --n) ask.windows.push_back(minutes(1 + Below(600)));
    std::sort(ask.windows.begin(), ask.windows.end());
    ask.horizon = id.ever() ? Duration(0) : ask.windows.back() + minutes(Below(60));
    if (signature == kQuiet) ask.horizon = minutes(1 + Below(90));
    if (id.distinct()) ask.members_max = static_cast<size_t>(1 + Below(20));
    if (Chance(20)) ask.weight = 2;
    return ask;
  }

  std::vector<CounterAsk> Some(const std::vector<CounterAsk>& all) {
    std::vector<CounterAsk> some;
    for (const CounterAsk& ask : all) {
      if (!Chance(70)) continue;
      some.push_back(ask);
      some.back().member = static_cast<uint64_t>(Below(12)) << 30U;
    }
    return some;
  }

  // What a token would carry of them.
  std::vector<CounterEffect> EffectsOf(const std::vector<CounterAsk>& asks, uint16_t slot) {
    std::vector<CounterEffect> effects;
    for (const CounterAsk& ask : asks) {
      CounterEffect effect{.series = {.signature = ask.signature, .sub = ask.sub_is_slot ? slot : ask.sub},
                           .member = ask.member,
                           .weight = ask.weight,
                           .windows = ask.windows,
                           .horizon = Chance(90) ? ask.horizon : Duration(0),
                           .members_max = ask.members_max};
      if (Chance(80)) effects.push_back(effect);
      effect.kind = CounterEffect::Kind::kClear;
      if (Chance(10)) effects.push_back(effect);
      effect.kind = CounterEffect::Kind::kAdd;
      if (Chance(10)) effects.push_back(effect);
      effect.series.signature = kSuccesses;
      effect.windows = {hours(1)};
      effect.horizon = hours(1);
      if (Chance(15)) effects.push_back(effect);
    }
    return effects;
  }

  void PlayAttempt() {
    const Lane lane = Chance(60) ? Lane::kStranger : Lane::kDevice;
    ChargeRequest request{.reservation_id = ++reservations_, .token_life = kLife};
    if (Chance(50)) request.tag = static_cast<uint16_t>(Below(3));
    request.lanes.push_back({.lane = lane,
                             .proof_id = static_cast<uint64_t>(1 + Below(3)),
                             .proof_epoch = 1'000'000,
                             .slots_max = 2,
                             .account = Some(of_account_),
                             .network = Some(of_network_)});
    const LaneAsk& ask = request.lanes.front();
    PackedChange account{.before = account_};
    PackedChange network{.before = network_};
    ChargeResult result;
    if (ChargePacked(request, now_, account, network, result)) {
      account_ = std::string(account.Now());
      network_ = std::string(network.Now());
    } else {
      result = ApplyCharge(request, Records());
      account_ = EncodeRecord(result.records.account);
      network_ = EncodeRecord(result.records.network);
    }
    if (result.admitted < 0) return;
    SettleRequest report{.reservation_id = result.reservation_id,
                         .charged_at = now_,
                         .lane = lane,
                         .sub = result.sub,
                         .slot_id = lane == Lane::kDevice ? ask.proof_id : 0,
                         .tag = request.tag,
                         .account = EffectsOf(ask.account, result.sub),
                         .network = EffectsOf(ask.network, result.sub),
                         .token_life = kLife};
    sent_.push_back({std::move(report)});
  }

  void PlayReport() {
    const auto which = sent_.begin() + Below(static_cast<int64_t>(sent_.size()));
    SettleRequest report = which->report;
    report.settlement = Chance(70) ? Settlement::kSuccess : Settlement::kWrong;
    if (Chance(5)) report.settlement = Settlement::kNotVerified;
    report.not_verified = {.signature = 1, .sub = 0};
    report.not_verified_limit = {.above = 3, .window = hours(24)};
    if (report.settlement == Settlement::kSuccess && Chance(80)) {
      report.source = Remember{.id = static_cast<uint64_t>(1 + Below(4)), .slots_max = Below(4)};
      report.device = Remember{.id = static_cast<uint64_t>(1 + Below(4)), .slots_max = Below(4)};
      if (Chance(20)) report.device->name = Chance(50) ? "phone" : "a name of four and twenty";
    }
    if (Chance(90)) sent_.erase(which);  // Else it is reported again.
    Compare(report);
  }

  void Compare(const SettleRequest& report) {
    const ShardRecords before = Records();
    const SettleResult slow = ApplySettle(report, before);
    PackedChange account{.before = account_};
    PackedChange network{.before = network_};
    SettleResult fast;
    if (!SettlePacked(report, now_, account, network, fast)) {
      ++tally_.left;
      if (slow.state == State::kSettled && report.settlement != Settlement::kNotVerified)
        ++tally_.left_in_vain;
      account_ = EncodeRecord(slow.records.account);
      network_ = EncodeRecord(slow.records.network);
      return;
    }
    ++tally_.packed;
    ++(report.settlement == Settlement::kSuccess ? tally_.successes : tally_.wrong);
    if (report.settlement == Settlement::kWrong && slow.given_back) ++tally_.known_wrong;
    ASSERT_EQ(fast.state, slow.state);
    ASSERT_EQ(fast.given_back, slow.given_back);
    ASSERT_EQ(fast.charged_at, slow.charged_at);
    CompareRecords(account, slow.records.account);
    CompareRecords(network, slow.records.network);
    account_ = std::string(account.Now());
    network_ = std::string(network.Now());
  }

  void CompareRecords(const PackedChange& fast, const Record& slow) {
    const absl::StatusOr<Record> record = DecodeRecord(fast.Now());
    ASSERT_TRUE(record.ok());
    ASSERT_EQ(*record, slow);
    ASSERT_EQ(fast.proven, !slow.slots.empty() || slow.epoch > 0);
    const std::string canonical = EncodeRecord(slow);
    ASSERT_EQ(fast.Now().empty(), canonical.empty());
    if (canonical.empty()) {
      tally_.emptied += fast.before.empty() ? 0 : 1;
      return;
    }
    ASSERT_LE(BaseOf(fast.Now()), BaseOf(canonical));
    if (BaseOf(fast.Now()) != BaseOf(canonical)) return;
    ++tally_.same_base;
    ASSERT_EQ(fast.Now(), canonical) << "byte for byte";
  }

  // What its owner does to a record.
  void Revoke() {
    Record record = *DecodeRecord(account_);
    ++record.epoch;
    SpendId(record, static_cast<uint64_t>(1 + Below(3)), now_ + minutes(Below(60)));
    if (Chance(50)) record.slots.clear();
    account_ = EncodeRecord(record);
  }

  [[nodiscard]] ShardRecords Records() const {
    return {.now = now_, .account = *DecodeRecord(account_), .network = *DecodeRecord(network_)};
  }

  std::mt19937_64 random_;
  Tally& tally_;
  const bool coarse_;
  std::vector<CounterAsk> of_account_;
  std::vector<CounterAsk> of_network_;
  TimePoint now_{hours(24 * 365 * 50)};
  std::string account_;
  std::string network_;
  uint64_t reservations_ = 0;
  std::vector<Sent> sent_;
};

TEST(PackedSettleTest, DoesWhatApplySettleDoes) {
  Tally tally;
  for (uint64_t seed = 1; seed <= 400 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    History(seed, tally).Play(static_cast<int>(20 + seed % 200));
  }
  EXPECT_GT(tally.successes, 5'000);
  EXPECT_GT(tally.wrong, 2'000);
  EXPECT_GT(tally.known_wrong, 200);
  EXPECT_GT(tally.emptied, 50);
  EXPECT_GT(tally.same_base, tally.packed / 2);
  EXPECT_GT(tally.left, 500) << "the rest is compared by the contract of stores";
  EXPECT_LT(tally.left_in_vain, tally.packed / 10) << "the usual settlement is done on packed records";
}

TEST(PackedSettleTest, LeavesBytesThatAreNoRecordToWhoSaysSo) {
  const SettleRequest request{.reservation_id = 1, .token_life = kLife};
  for (const std::string_view bytes :
       {"", "\xff", "\x98\x02", "\x98\x01\x01\x01\x90\x90\x90\x90", "not a record"}) {
    PackedChange account{.before = bytes};
    PackedChange network;
    SettleResult result;
    EXPECT_FALSE(SettlePacked(request, TimePoint(hours(24)), account, network, result));
  }
}

}  // namespace
}  // namespace latchkey
