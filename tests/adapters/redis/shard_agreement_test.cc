// The Lua in adapters/redis/scripts does what engine/signal/shard.cc does: random histories are played on
// both, and every answer and every record is compared in full.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "engine/signal/record_codec.h"
#include "engine/signal/series.h"
#include "tests/adapters/redis/apart_records.h"
#include "tests/adapters/redis/store_client.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kLife = minutes(2);
constexpr Duration kKeep = hours(24 * 365 * 100);
constexpr std::string_view kSomeName = "nnnnnnnnnnnnnnnnnnnnnnnn";
// A name that is like the beginning of a slot.
constexpr std::string_view kLikeASlot("\x02\x10\x00\x00\x00\x00\x01", 7);

// One past attempt that may be reported.
struct Charged {
  ShardKeys keys;
  size_t account = 0;
  size_t network = 0;
  TimePoint at;
  LaneAsk lane;
  uint16_t sub = 0;
  uint64_t reservation = 0;
  std::optional<uint16_t> tag;
};

// Calm: minutes pass, limits are met and left. Busy: a flood within seconds, which fills records up to their
// bounds. Ordinary: nearly all is admitted with room to spare, from a few sources that share their series, so
// that quickcharge.lua changes the records.
enum class Pace { kCalm, kBusy, kOrdinary };

// Whether one script changes both shards, or one each.
enum class Layout { kTogether, kApart };

class History {
 public:
  History(uint64_t seed, Pace pace, Layout layout, const std::string& url)
      : busy_(pace == Pace::kBusy),
        ordinary_(pace == Pace::kOrdinary),
        apart_(layout == Layout::kApart),
        random_(seed),
        client_(apart_ ? StoreClient::Apart(url) : std::make_unique<StoreClient>(url)),
        now_(hours(24 * 365 * 50)),
        key_seed_(seed) {}

  void Play(int steps) {
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
      Tick();
      const int64_t dice = Below(100);
      if (dice < (ordinary_ ? 90 : busy_ ? 80 : 60) || charged_.empty()) {
        PlayCharge();
      } else if (dice < 96 || ordinary_) {
        PlaySettle();
      } else {
        PlayUpdate();
      }
    }
  }
  int admitted = 0, refused = 0, shared = 0, settled = 0, given_back = 0, corrections = 0;

  // The most that a record held of each of its lists.
  struct Sizes {
    size_t series = 0, entries = 0, reservations = 0, wrong_tags = 0, spent = 0;
    void Include(const Record& record) {
      series = std::max(series, record.series.size());
      for (const Series& each : record.series) entries = std::max(entries, each.entries.size());
      reservations = std::max(reservations, record.reservations.size());
      wrong_tags = std::max(wrong_tags, record.wrong_tags.size());
      spent = std::max(spent, record.spent.size());
    }
  };
  Sizes most;

 private:
  int64_t Below(int64_t bound) { return std::uniform_int_distribution<int64_t>(0, bound - 1)(random_); }
  bool Chance(int percent) { return Below(100) < percent; }
  template <typename T>
  T OneOf(std::initializer_list<T> values) {
    return *(values.begin() + Below(static_cast<int64_t>(values.size())));
  }

  void Tick() {
    if (busy_) {
      now_ += Duration(Below(200));
      if (Chance(8)) now_ += Duration(Below(2000));
      if (Chance(10)) now_ -= Duration(Below(1000));
      if (key_seed_ % 4 == 0 && Below(200) == 0) now_ -= seconds(20);
      if (Below(1500) == 0) now_ += hours(4);  // A second flood, after what the first one left.
      return;
    }
    if (ordinary_) {
      if (Chance(80)) now_ += Duration(Below(5000));
      if (Chance(3)) now_ += minutes(Below(10));
      if (Chance(1)) now_ += hours(1);
      if (Chance(2)) now_ -= Duration(Below(5000));
      return;
    }
    if (Chance(50)) now_ += Duration(Below(3000));
    if (Chance(20)) now_ += seconds(Below(200));
    if (Chance(2)) now_ += minutes(Below(300));
    if (Chance(8)) now_ -= seconds(Below(100));  // Another node's clock, or a step back.
  }

  ShardKeys KeysOf(size_t account, size_t network) const {
    return {.account = {key_seed_, account}, .network = {key_seed_, network}};
  }

  Limit RandomLimit(bool ever) {
    Limit limit;
    limit.above = Below(busy_ && Chance(80) ? 500 : 12);
    limit.window = ever && Chance(70) ? Duration(0) : OneOf<Duration>({seconds(30), minutes(15), hours(1)});
    limit.then = OneOf({Consequence::kChallenge, Consequence::kThrottle, Consequence::kLockout});
    if (limit.ever() && Chance(40)) {
      limit.quiet = OneOf<Duration>({seconds(40), hours(1), hours(3)});
    } else if (limit.then == Consequence::kLockout) {
      limit.hold = OneOf<Duration>({Duration(0), minutes(10), hours(2)});
    }
    if (limit.then == Consequence::kThrottle) {
      limit.wait = {.first = OneOf<Duration>({Duration(500), seconds(30)}),
                    .factor = OneOf({1.0, 1.5, 2.0, 1e100}),
                    .max = OneOf<Duration>({seconds(40), hours(1)})};
    }
    return limit;
  }

  std::vector<CounterAsk> RandomCounters(bool sub_is_slot) {
    std::vector<CounterAsk> asks;
    for (int64_t n = Below(4); n > 0; --n) {
      CounterAsk ask;
      ask.signature = static_cast<uint16_t>((Chance(30) ? SeriesId::kDistinctBit : 0) |
                                            (Chance(30) ? SeriesId::kEverBit : 0) | (1 + Below(3)));
      ask.sub_is_slot = sub_is_slot && Chance(70);
      // Enough places that some records fill up and share their overflow.
      ask.sub = static_cast<uint16_t>(Chance(busy_ ? 70 : 30) ? Below(300) : Below(2));
      if (busy_ && Chance(50)) {  // One place that all of a flood meets.
        ask.signature = Chance(70) ? 1 : SeriesId::kEverBit | 1;
        ask.sub = 0;
        ask.sub_is_slot = false;
      }
      ask.charged = Chance(85);
      ask.weight = Chance(80) ? 1 : 1 + Below(4);
      ask.member = static_cast<uint64_t>(Below(20)) << (Chance(50) ? 0 : 40);
      const bool ever = SeriesId{ask.signature, 0}.ever();
      for (int64_t l = busy_ && Chance(60) ? 0 : Below(3); l > 0; --l)
        ask.limits.push_back(RandomLimit(ever));
      ask.windows = {seconds(30), minutes(15), hours(1)};
      ask.horizon = OneOf<Duration>({hours(1), hours(3)});
      if (busy_) ask.horizon = hours(3);  // Long holds: entries are kept finely for long.
      if (ever && Chance(50)) ask.horizon = Duration(0);
      ask.members_max = static_cast<size_t>(OneOf({1, 5, 12}));
      asks.push_back(ask);
    }
    return asks;
  }

  // Nearly always the same in the same order, some of a source. Some members look like series, slots and
  // members.
  std::vector<CounterAsk> OrdinaryCounters(bool sub_is_slot) {
    const auto source = static_cast<uint16_t>(1 + Below(3));
    const uint64_t member =
        OneOf<uint64_t>({1, 0x1000'0000'0001, 0x0000'0100'0001, 0x0001'0000'0100, 0x0001'0001'0001,
                         0x0001'8001'0001, 0x8001'0000'0001, static_cast<uint64_t>(Below(1'000'000))});
    std::vector<CounterAsk> asks;
    for (const int kind : {SeriesId::kDistinctBit | 1, SeriesId::kDistinctBit | 2, 1, 2,
                           SeriesId::kEverBit | 1, SeriesId::kDistinctBit | SeriesId::kEverBit | 1}) {
      if (Chance(20)) continue;
      CounterAsk ask;
      ask.signature = static_cast<uint16_t>(kind);
      const bool ever = SeriesId{ask.signature, 0}.ever();
      ask.sub_is_slot = sub_is_slot && Chance(70);
      ask.sub = ask.sub_is_slot || (kind & 1) == 0 ? 0 : source;
      ask.charged = Chance(95);
      ask.weight = Chance(90) ? 1 : 1 + Below(4);
      ask.member = member;
      ask.windows = {minutes(15), hours(1)};
      ask.horizon = ever && Chance(90) ? Duration(0) : hours(1);
      ask.members_max = Chance(95) ? 20 : 3;
      if (Chance(95))
        ask.limits.push_back({.above = Chance(90) ? 60 : 6, .window = ever ? Duration(0) : hours(1)});
      asks.push_back(ask);
      if (Chance(3)) asks.push_back(ask);
    }
    if (asks.size() > 1 && Chance(10)) std::swap(asks.front(), asks.back());
    return asks;
  }

  LaneAsk RandomLane(Lane lane) {
    LaneAsk ask;
    ask.lane = lane;
    ask.proof_id = static_cast<uint64_t>(1 + Below(8)) * 0x1000'0000'0001ULL;
    if (lane == Lane::kChallenged) ask.proof_id += static_cast<uint64_t>(Below(busy_ ? 100'000 : 3));
    ask.proof_epoch = Below(4);
    ask.slots_max = 1 + Below(5);
    ask.fresh_for = OneOf<Duration>({minutes(30), hours(5)});
    ask.spent_for = OneOf<Duration>({minutes(5), hours(1)});
    const auto counters = [&](bool sub_is_slot) {
      return ordinary_ ? OrdinaryCounters(sub_is_slot) : RandomCounters(sub_is_slot);
    };
    ask.account = counters(lane < Lane::kChallenged);
    if (lane >= Lane::kChallenged) ask.network = counters(false);
    return ask;
  }

  // What the engine makes of it; what it writes is written.
  ChargeResult ExpectCharge(const ChargeRequest& request, size_t account, size_t network) {
    if (apart_) {
      ApartRecords apart{.account = accounts_[account], .network = networks_[network]};
      ChargeResult result = apart.Charge(request, now_);
      accounts_[account] = apart.account;
      networks_[network] = apart.network;
      corrections += apart.corrections;
      return result;
    }
    ChargeResult result =
        ApplyCharge(request, {.now = now_, .account = accounts_[account], .network = networks_[network]});
    // A refusal writes nothing: the room it made on the way is made again by the next charge.
    if (result.counted >= 0) {
      accounts_[account] = result.records.account;
      networks_[network] = result.records.network;
    }
    return result;
  }

  SettleResult ExpectSettle(const SettleRequest& request, size_t account, size_t network) {
    ApartRecords apart{.account = accounts_[account], .network = networks_[network]};
    SettleResult result =
        apart_ ? apart.Settle(request, now_)
               : ApplySettle(request, {.now = now_, .account = apart.account, .network = apart.network});
    accounts_[account] = result.records.account;
    networks_[network] = apart_ ? apart.network : *result.records.network;
    return result;
  }

  void PlayCharge() {
    const auto account = static_cast<size_t>(Below(accounts_.size()));
    const auto network = static_cast<size_t>(Below(networks_.size()));
    ChargeRequest request;
    for (Lane lane : kAllLanes) {
      const bool met =
          ordinary_ && lane == Lane::kChallenged ? Chance(2) : Chance(lane == Lane::kStranger ? 90 : 40);
      if (met) request.lanes.push_back(RandomLane(lane));
    }
    request.reservation_id = static_cast<uint64_t>(Below(1'000'000'000'000));
    if (Chance(50)) request.tag = static_cast<uint16_t>(OneOf({0, 1, 2, 4095, 65535}));
    request.token_life = kLife;
    request.keep = kKeep;
    request.now = now_;
    request.dry_run = Chance(5);
    request.forced = Chance(5);

    const ShardKeys keys = KeysOf(account, network);
    const auto actual = client_->Charge(keys, request);
    ASSERT_TRUE(actual.ok()) << actual.status();
    const ChargeResult expected = ExpectCharge(request, account, network);
    EXPECT_EQ(actual->admitted, expected.admitted);
    EXPECT_EQ(actual->sub, expected.sub);
    EXPECT_EQ(actual->reservation_id, expected.reservation_id);
    EXPECT_EQ(actual->shared, expected.shared);
    EXPECT_EQ(actual->counted, expected.counted);
    Compare(actual->records, expected.records);
    if (request.dry_run) return;
    ++(expected.admitted >= 0 ? admitted : refused);
    if (expected.shared) ++shared;
    if (expected.admitted < 0) return;
    charged_.push_back({.keys = keys,
                        .account = account,
                        .network = network,
                        .at = now_,
                        .lane = request.lanes[static_cast<size_t>(expected.admitted)],
                        .sub = expected.sub,
                        .reservation = expected.reservation_id,
                        .tag = request.tag});
    if (charged_.size() > 40) charged_.erase(charged_.begin());
  }

  std::vector<CounterEffect> EffectsOf(const std::vector<CounterAsk>& asks, uint16_t sub) {
    std::vector<CounterEffect> effects;
    for (const CounterAsk& ask : asks) {
      CounterEffect effect;
      effect.series = {.signature = ask.signature, .sub = ask.sub_is_slot ? sub : ask.sub};
      effect.member = ask.member;
      effect.weight = ask.weight;
      effect.kind = OneOf({CounterEffect::Kind::kGiveBack, CounterEffect::Kind::kGiveBack,
                           CounterEffect::Kind::kClear, CounterEffect::Kind::kAdd});
      if (busy_ && effect.kind == CounterEffect::Kind::kClear && Chance(98)) continue;
      effect.windows = ask.windows;
      effect.horizon = Chance(80) ? ask.horizon : Duration(5000);
      effect.members_max = ask.members_max;
      effects.push_back(effect);
    }
    return effects;
  }

  void PlaySettle() {
    const Charged& past = charged_[static_cast<size_t>(Below(static_cast<int64_t>(charged_.size())))];
    if (ordinary_ && past.account == 0) return;  // It never has a slot.
    SettleRequest request;
    request.reservation_id = Chance(95) ? past.reservation : 7;
    request.charged_at = past.at;
    request.lane = past.lane.lane;
    request.sub = past.sub;
    request.slot_id = past.lane.lane < Lane::kChallenged ? past.lane.proof_id : 0;
    request.settlement = OneOf({Settlement::kSuccess, Settlement::kWrong, Settlement::kNotVerified});
    request.tag = past.tag;
    if (Chance(30) || busy_) request.tag = static_cast<uint16_t>(Below(10));
    request.account = EffectsOf(past.lane.account, past.sub);
    request.network = EffectsOf(past.lane.network, past.sub);
    const auto proof = [&]() -> Remember {
      return {.id = static_cast<uint64_t>(1 + Below(8)) * 0x1000'0000'0001ULL,
              .slots_max = 1 + Below(5),
              .name = Chance(50) ? "" : std::string(ordinary_ ? kLikeASlot : kSomeName.substr(Below(24)))};
    };
    if (Chance(40)) request.source = proof();
    if (Chance(40)) request.device = proof();
    request.not_verified = {.signature = 0x3FF0, .sub = static_cast<uint16_t>(request.lane)};
    request.not_verified_limit.above = 3;
    request.not_verified_limit.window = hours(1);
    request.token_life = kLife;
    request.keep = kKeep;
    request.now = now_;

    const auto actual = client_->Settle(past.keys, request);
    ASSERT_TRUE(actual.ok()) << actual.status();
    const SettleResult expected = ExpectSettle(request, past.account, past.network);
    EXPECT_EQ(static_cast<int>(actual->state), static_cast<int>(expected.state));
    EXPECT_EQ(actual->given_back, expected.given_back);
    EXPECT_EQ(actual->charged_at, expected.charged_at);
    Compare(actual->records, expected.records);
    if (expected.state == SettleResult::State::kSettled) ++settled;
    if (expected.given_back) ++given_back;
  }

  // What an owner does: a new epoch, a recovery, a forgotten slot.
  void PlayUpdate() {
    const auto account = static_cast<size_t>(Below(accounts_.size()));
    const int64_t act = Below(3);
    const TimePoint now = now_;
    const auto change = [act, now](Record& record, TimePoint) {
      if (act == 0) record.epoch = std::min<int64_t>(record.epoch + 1, 3);
      if (act == 1) {
        RememberProof(record, Lane::kRecovered,
                      {.id = 0x1000'0000'0001ULL, .slots_max = 2, .name = "by mail"}, now);
      }
      if (act == 2 && !record.slots.empty()) record.slots.erase(record.slots.begin());
    };
    const auto actual = client_->Update(KeysOf(account, 0).account, change, kKeep);
    ASSERT_TRUE(actual.ok()) << actual.status();
    change(accounts_[account], now);
    EXPECT_EQ(*actual, accounts_[account]);
  }

  void Compare(const ShardRecords& actual, const ShardRecords& expected) {
    most.Include(expected.account);
    most.Include(expected.network);
    EXPECT_EQ(actual.now, expected.now);
    EXPECT_TRUE(actual.account == expected.account);
    EXPECT_TRUE(actual.network == expected.network);
    // The same bytes, too: whoever writes a record, the others may compare and swap it.
    EXPECT_EQ(EncodeRecord(actual.account), EncodeRecord(expected.account));
  }

  const bool busy_;
  const bool ordinary_;
  const bool apart_;
  std::mt19937_64 random_;
  std::unique_ptr<StoreClient> client_;
  TimePoint now_;
  uint64_t key_seed_ = 0;
  std::array<Record, 3> accounts_;
  std::array<Record, 2> networks_;
  std::vector<Charged> charged_;
};

// The histories are worth something only if all of this happens in them.
struct Seen {
  void Include(const History& history) {
    most.series = std::max(most.series, history.most.series);
    most.entries = std::max(most.entries, history.most.entries);
    most.reservations = std::max(most.reservations, history.most.reservations);
    most.wrong_tags = std::max(most.wrong_tags, history.most.wrong_tags);
    most.spent = std::max(most.spent, history.most.spent);
    admitted += history.admitted;
    refused += history.refused;
    shared += history.shared;
    settled += history.settled;
    given_back += history.given_back;
    corrections += history.corrections;
  }
  History::Sizes most;
  int admitted = 0, refused = 0, shared = 0, settled = 0, given_back = 0, corrections = 0;
};

Seen PlayHistories(Layout layout, uint64_t how_many, int steps) {
  RedisServer server;
  const char* asked = std::getenv("LATCHKEY_SEED");
  const uint64_t first = asked == nullptr ? 1 : std::strtoull(asked, nullptr, 10);
  Seen seen;
  const uint64_t end = first + (asked == nullptr ? how_many : 1);
  for (uint64_t seed = first; seed < end && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("replay with LATCHKEY_SEED=" + std::to_string(seed));
    constexpr std::array kPaces = {Pace::kOrdinary, Pace::kCalm, Pace::kBusy};
    const Pace pace = kPaces[seed % kPaces.size()];
    History history(seed, pace, layout, server.url());
    history.Play(pace == Pace::kBusy ? 2 * steps : steps);
    seen.Include(history);
  }
  return seen;
}

TEST(ShardAgreementTest, RedisDoesWhatTheEngineDoesInRandomHistories) {
  const Seen seen = PlayHistories(Layout::kTogether, 9, 1500);
  if (std::getenv("LATCHKEY_SEED") != nullptr) return;
  EXPECT_GT(seen.most.series, kSeriesMax);  // Some share the crowd's place.
  EXPECT_GT(seen.most.entries, kExactEntries);
  EXPECT_EQ(seen.most.reservations, kReservationsMax);
  EXPECT_GT(seen.most.wrong_tags, 4 * kWrongTagsPerSlotMax);
  EXPECT_EQ(seen.most.spent, kSpentMax);
  for (int count : {seen.admitted, seen.refused, seen.shared, seen.settled, seen.given_back})
    EXPECT_GT(count, 50);
}

TEST(ShardAgreementTest, SoItDoesWhereTheShardsAreApart) {
  const Seen seen = PlayHistories(Layout::kApart, 6, 1000);
  if (std::getenv("LATCHKEY_SEED") != nullptr) return;
  EXPECT_GT(seen.most.entries, kExactEntries);
  for (int count :
       {seen.admitted, seen.refused, seen.shared, seen.settled, seen.given_back, seen.corrections})
    EXPECT_GT(count, 50);
}

}  // namespace
}  // namespace latchkey
