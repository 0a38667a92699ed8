// ChargePacked does what ApplyCharge does: random histories are played on both, and after every attempt
// answers and records are compared. So is what GlanceAt says of them.
#include "engine/signal/packed_charge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "engine/signal/flat_brief.h"
#include "engine/signal/flat_record_codec.h"
#include "engine/signal/record_codec.h"
#include "engine/signal/series.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kLife = minutes(2);
constexpr uint16_t kEver = SeriesId::kEverBit | 10;
constexpr uint16_t kQuiet = SeriesId::kEverBit | 12;
constexpr uint16_t kMembers = SeriesId::kDistinctBit | 11;
constexpr uint16_t kMembersOfAccount = SeriesId::kDistinctBit | 13;

int64_t BaseOf(std::string_view bytes) {
  MsgpackReader in(bytes);
  in.Array();
  in.Int();
  return in.Int();
}

struct Tally {
  int packed = 0;
  int left = 0;  // to ApplyCharge
  int admitted = 0;
  int refused = 0;
  int shared = 0;
  int same_base = 0;
  int glanced = 0;  // GlanceAt had an answer
};

class History {
 public:
  History(uint64_t seed, Tally& tally) : random_(seed), tally_(tally), coarse_(seed % 2 == 0) {
    lanes_ = {
        Of(Lane::kDevice, {Counter(kEver, true)}), Of(Lane::kRecovered, {Counter(kEver + 5, true)}),
        Of(Lane::kFamiliar, {Counter(3, true)}), Of(Lane::kChallenged, {Counter(4, false)}),
        Of(Lane::kStranger, {Counter(5, false), Counter(kQuiet, false), Counter(kMembersOfAccount, false)})};
    lanes_[4].network = {Counter(6, false), Counter(kMembers, false)};
    const CounterAsk both = Counter(7, false);
    lanes_[3].account.push_back(both);
    lanes_[4].account.push_back(both);
    lanes_[4].account.back().charged = Chance(50);  // else it only reads what the other feeds
    if (Chance(30)) lanes_[4].account[0].weight = 2;
  }

  void Play(int steps) {
    for (int step = 0; step < steps && !testing::Test::HasFatalFailure(); ++step) {
      SCOPED_TRACE(testing::Message() << "step " << step);
      if (Chance(60)) now_ += Duration(Below(5'000));
      if (Chance(25)) now_ += seconds(Below(240));
      if (Chance(3)) now_ += minutes(Below(300));
      if (Chance(1)) now_ += hours(24 * Below(40));
      if (Chance(1)) now_ -= Duration(Below(5'000));
      // Half of the histories have whole minutes alone, so that ends of windows are met to the millisecond.
      if (coarse_) now_ = TimePoint(std::chrono::floor<minutes>(now_.time_since_epoch()));
      if (Chance(70) || sent_.empty()) {
        PlayCharge();
      } else {
        PlayReport();
      }
    }
  }

 private:
  int64_t Below(int64_t bound) { return std::uniform_int_distribution<int64_t>(0, bound - 1)(random_); }
  bool Chance(int percent) { return Below(100) < percent; }

  CounterAsk Counter(uint16_t signature, bool of_slot) {
    CounterAsk ask{.signature = signature, .sub_is_slot = of_slot, .charged = true};
    const SeriesId id{.signature = signature};
    for (int64_t n = 1 + Below(2); n > 0; --n) {
      Limit limit{.above = 1 + Below(Chance(70) ? 80 : 8), .window = minutes(1 + Below(600))};
      limit.then = static_cast<Consequence>(Below(3));
      if (limit.then == Consequence::kLockout) limit.hold = minutes(Below(240));
      if (limit.then == Consequence::kThrottle)
        limit.wait = {.first = seconds(1 + Below(300)), .factor = 2, .max = minutes(1 + Below(30))};
      if (id.ever()) limit.window = Duration(0);
      if (signature == kQuiet) limit.quiet = minutes(1 + Below(90));
      if (!limit.ever()) ask.windows.push_back(limit.window);
      ask.horizon = std::max(ask.horizon, limit.ever() ? limit.quiet : limit.window + limit.hold);
      ask.members_max = std::max(ask.members_max, static_cast<size_t>(limit.above) + kMembersSlack);
      ask.limits.push_back(limit);
    }
    if (Chance(50)) ask.members_max = static_cast<size_t>(1 + Below(20));
    std::sort(ask.windows.begin(), ask.windows.end());
    return ask;
  }
  static LaneAsk Of(Lane lane, std::vector<CounterAsk> account) {
    return {.lane = lane,
            .slots_max = 2,
            .fresh_for = hours(48),
            .spent_for = minutes(10),
            .account = std::move(account),
            .network = {}};
  }

  ChargeRequest Attempt() {
    ChargeRequest request{.reservation_id = ++reservations_, .token_life = kLife};
    for (LaneAsk lane : lanes_) {
      if (lane.lane != Lane::kStranger && !Chance(25)) continue;
      lane.proof_id = static_cast<uint64_t>(1 + Below(3));
      lane.closed = Chance(2);
      for (auto* asks : {&lane.account, &lane.network}) {
        for (CounterAsk& ask : *asks) ask.member = static_cast<uint64_t>(Below(40)) << 30U;
      }
      request.lanes.push_back(lane);
    }
    if (Chance(50)) request.tag = static_cast<uint16_t>(Below(2));
    request.forced = Chance(2);
    request.dry_run = Chance(2);
    return request;
  }

  // Records are as ChargePacked left them, so that it works on its own bytes.
  void PlayCharge() {
    const ChargeRequest request = Attempt();
    const ShardRecords before{
        .now = now_, .account = *DecodeRecord(account_), .network = *DecodeRecord(network_)};
    const ChargeResult slow = ApplyCharge(request, before);
    Glance(request, slow);
    PackedChange account{.before = account_};
    PackedChange network{.before = network_};
    ChargeResult fast;
    if (!ChargePacked(request, now_, account, network, fast)) {
      ++tally_.left;
      Keep(slow);
    } else {
      ++tally_.packed;
      ++(slow.admitted < 0 ? tally_.refused : tally_.admitted);
      if (slow.shared) ++tally_.shared;
      ASSERT_EQ(fast.admitted, slow.admitted);
      ASSERT_EQ(fast.counted, slow.counted);
      ASSERT_EQ(fast.sub, slow.sub);
      ASSERT_EQ(fast.reservation_id, slow.reservation_id);
      ASSERT_EQ(fast.shared, slow.shared);
      ASSERT_EQ(account.proven, !before.account->slots.empty() || before.account->epoch > 0);
      Compare(account, slow.records.account);
      Compare(network, slow.records.network);
      if (slow.admitted >= 0) CompareBrief(request, slow, fast);
      account_ = std::string(account.Now());
      network_ = std::string(network.Now());
    }
    if (slow.counted >= 0) sent_.push_back({request.lanes[static_cast<size_t>(slow.counted)], slow, now_});
  }

  void Compare(const PackedChange& fast, const Record& slow) {
    const absl::StatusOr<Record> record = DecodeRecord(fast.Now());
    ASSERT_TRUE(record.ok());
    const std::string canonical = EncodeRecord(slow);
    ASSERT_EQ(EncodeRecord(*record), canonical);
    if (canonical.empty()) return;
    ASSERT_LE(BaseOf(fast.Now()), BaseOf(canonical));
    if (BaseOf(fast.Now()) != BaseOf(canonical)) return;
    ++tally_.same_base;
    ASSERT_EQ(fast.Now(), canonical) << "byte for byte";
  }

  static void CompareBrief(const ChargeRequest& request, const ChargeResult& slow, const ChargeResult& fast) {
    ASSERT_TRUE(fast.brief);
    bool fell = false;
    for (int i = 0; i < slow.admitted; ++i) {
      fell = fell ||
             CheckProof(request.lanes[static_cast<size_t>(i)], slow.records.account, slow.records.now).holds;
    }
    ASSERT_EQ(fast.brief->fell, fell);
    ChargeRequest again = request;
    again.lanes = {request.lanes[static_cast<size_t>(slow.admitted)]};
    again.dry_run = true;
    ASSERT_EQ(fast.brief->spent, ApplyCharge(again, slow.records).admitted < 0);
    for (const Reservation& r : slow.records.account->reservations) {
      if (r.id != slow.reservation_id) continue;
      ASSERT_EQ(fast.brief->charged_at, r.at);
    }
  }

  // What Redis' records say at a glance is what is so.
  void Glance(const ChargeRequest& request, const ChargeResult& slow) {
    ChargeResult fast;
    fast.brief = GlanceAt(request, slow, EncodeFlatRecord(slow.records.account),
                          EncodeFlatRecord(slow.records.network));
    if (!fast.brief) return;
    ++tally_.glanced;
    CompareBrief(request, slow, fast);
  }

  void PlayReport() {
    const size_t which = static_cast<size_t>(Below(static_cast<int64_t>(sent_.size())));
    const Sent sent = sent_[which];
    sent_.erase(sent_.begin() + static_cast<std::ptrdiff_t>(which));
    SettleRequest report{
        .reservation_id = sent.charged.reservation_id, .charged_at = sent.at, .token_life = kLife};
    report.lane = sent.lane.lane;
    report.sub = sent.charged.sub;
    report.settlement = static_cast<Settlement>(Below(2));
    if (Chance(40)) report.tag = static_cast<uint16_t>(Below(3));
    for (const CounterAsk& ask : sent.lane.account) {
      report.account.push_back(
          {.series = {.signature = ask.signature, .sub = ask.sub_is_slot ? sent.charged.sub : ask.sub},
           .member = ask.member,
           .weight = ask.weight,
           .horizon = ask.horizon});
    }
    if (Chance(50)) report.source = Remember{.id = static_cast<uint64_t>(1 + Below(3)), .slots_max = 2};
    if (Chance(50)) report.device = Remember{.id = static_cast<uint64_t>(1 + Below(3)), .slots_max = 2};
    const SettleResult result = ApplySettle(
        report, {.now = now_, .account = *DecodeRecord(account_), .network = *DecodeRecord(network_)});
    account_ = EncodeRecord(result.records.account);
    network_ = EncodeRecord(result.records.network);
    if (Chance(3)) {
      Record revoked = result.records.account;
      ++revoked.epoch;
      SpendId(revoked, static_cast<uint64_t>(1 + Below(3)), now_ + hours(1));
      account_ = EncodeRecord(revoked);
    }
  }

  void Keep(const ChargeResult& result) {
    account_ = EncodeRecord(result.records.account);
    network_ = EncodeRecord(result.records.network);
  }

  struct Sent {
    LaneAsk lane;
    ChargeResult charged;
    TimePoint at;
  };

  std::mt19937_64 random_;
  Tally& tally_;
  const bool coarse_;
  std::vector<LaneAsk> lanes_;
  TimePoint now_{hours(24 * 365 * 50)};
  std::string account_;
  std::string network_;
  uint64_t reservations_ = 0;
  std::vector<Sent> sent_;
};

TEST(PackedChargeTest, DoesWhatApplyChargeDoes) {
  Tally tally;
  for (uint64_t seed = 1; seed <= 300 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    History(seed, tally).Play(200);
  }
  EXPECT_GT(tally.admitted, 5'000);
  EXPECT_GT(tally.refused, 1'000);
  EXPECT_GT(tally.shared, 300);
  EXPECT_GT(tally.same_base, tally.packed);
  EXPECT_GT(tally.left, 500) << "the rest is compared by the contract of stores";
  EXPECT_GT(tally.packed, 2 * tally.left);
  EXPECT_GT(tally.glanced, 1'000);
}

TEST(PackedChargeTest, LeavesBytesThatAreNoRecordToWhoSaysSo) {
  ChargeRequest request{.reservation_id = 1, .token_life = kLife};
  request.lanes.push_back({.lane = Lane::kStranger});
  for (const std::string_view bytes :
       {"\xff", "\x98\x02", "\x98\x01\x01\x01\x90\x90\x90\x90", "not a record"}) {
    PackedChange account{.before = bytes};
    PackedChange network;
    ChargeResult result;
    EXPECT_FALSE(ChargePacked(request, TimePoint(hours(24)), account, network, result));
  }
}

}  // namespace
}  // namespace latchkey
