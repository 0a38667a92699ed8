#include "tests/support/naive_signal_store.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

namespace latchkey {
namespace {

std::pair<uint64_t, uint64_t> NameOf(const Key& key) { return {key.high, key.low}; }

}  // namespace

bool NaiveSignalStore::Refuses(const Limit& limit, const Past& past, SeriesId series, int64_t weight,
                               TimePoint now, Duration token_life) {
  // A member of a distinct series counts once, from its latest charge.
  std::vector<PastCharge> counted;
  for (const PastCharge& charge : past.charges) {
    if (!(charge.series == series)) continue;
    if (series.distinct()) {
      auto known = std::find_if(counted.begin(), counted.end(),
                                [&](const PastCharge& c) { return c.member == charge.member; });
      if (known != counted.end()) {
        known->at = std::max(known->at, charge.at);
        continue;
      }
    }
    counted.push_back(charge);
    if (series.distinct()) counted.back().weight = 1;
  }
  if (limit.quiet > Duration::zero()) {
    std::stable_sort(counted.begin(), counted.end(),
                     [](const PastCharge& a, const PastCharge& b) { return a.at < b.at; });
    size_t begun = 0;
    for (size_t i = 1; i < counted.size(); ++i) {
      if (counted[i].at >= counted[i - 1].at + limit.quiet) begun = i;
    }
    if (!counted.empty() && now >= counted.back().at + limit.quiet) begun = counted.size();
    counted.erase(counted.begin(), counted.begin() + static_cast<std::ptrdiff_t>(begun));
  }
  // Charges in the window that ends at `end`; what lies later only counts when asked from now.
  auto sum = [&](TimePoint end, bool later_too, TimePoint at_most) {
    int64_t total = 0;
    for (const PastCharge& charge : counted) {
      if (!limit.ever() && charge.at + limit.window <= end) continue;
      if (!later_too && charge.at > end) continue;
      if (charge.at <= at_most) total += charge.weight;
    }
    return total;
  };
  const int64_t all = sum(now, true, TimePoint::max());
  const int64_t settled = sum(now, true, now - token_life);
  const bool full = all + weight > limit.above;
  switch (limit.then) {
    case Consequence::kChallenge:
      return full;
    case Consequence::kLockout: {
      if (full) return true;
      if (limit.above == 0) return false;
      for (const PastCharge& nth : counted) {
        const bool settled_by_now = nth.at + token_life <= now;
        const bool holds = nth.at + limit.hold > now;
        if (settled_by_now && holds && sum(nth.at, false, TimePoint::max()) >= limit.above) return true;
      }
      return false;
    }
    case Consequence::kThrottle: {
      if (!full) return false;
      if (settled + weight <= limit.above) return true;  // for a second at most; the next second asks again
      TimePoint last = TimePoint::min();
      for (const PastCharge& charge : counted) {
        if (limit.ever() || charge.at + limit.window > now) last = std::max(last, charge.at);
      }
      double wait = static_cast<double>(limit.wait.first.count());
      for (int64_t j = limit.above; j < all && wait < static_cast<double>(limit.wait.max.count()); ++j)
        wait *= limit.wait.factor;
      wait = std::min(wait, static_cast<double>(limit.wait.max.count()));
      return last != TimePoint::min() && now < last + Duration(static_cast<int64_t>(std::floor(wait)));
    }
  }
  return true;
}

uint16_t NaiveSignalStore::FreePlace(const Past& account, Lane lane) {
  std::set<uint16_t> taken;
  for (const Slot& slot : account.slots) {
    if (slot.lane == lane) taken.insert(slot.index);
  }
  uint16_t place = 0;
  while (taken.contains(place)) ++place;
  return place;
}

bool NaiveSignalStore::Qualifies(const LaneAsk& ask, const Past& account, TimePoint now, uint16_t& slot) {
  slot = 0;
  const Slot* known = nullptr;
  int64_t taken = 0;
  for (const Slot& s : account.slots) {
    if (s.lane != ask.lane) continue;
    ++taken;
    if (s.id == ask.proof_id) known = &s;
  }
  bool spent = false;
  for (const SpentId& s : account.spent) spent = spent || (s.id == ask.proof_id && s.until > now);
  if (known != nullptr) slot = known->index;
  switch (ask.lane) {
    case Lane::kDevice:
      if (spent || ask.proof_epoch < account.epoch) return false;
      if (known == nullptr) slot = FreePlace(account, ask.lane);
      return known != nullptr || taken < ask.slots_max;
    case Lane::kRecovered:
      return known != nullptr && ask.proof_epoch >= account.epoch && now < known->since + ask.fresh_for;
    case Lane::kFamiliar:
      return known != nullptr && now < known->seen + ask.fresh_for;
    case Lane::kChallenged:
      return !spent;
    case Lane::kStranger:
      return true;
  }
  return false;
}

bool NaiveSignalStore::Admits(const std::vector<CounterAsk>& asks, const Past& past, uint16_t slot,
                              TimePoint now, Duration token_life) {
  for (const CounterAsk& ask : asks) {
    const SeriesId series{.signature = ask.signature, .sub = ask.sub_is_slot ? slot : ask.sub};
    for (const Limit& limit : ask.limits) {
      if (Refuses(limit, past, series, series.distinct() ? 1 : ask.weight, now, token_life)) return false;
    }
  }
  return true;
}

void NaiveSignalStore::Admit(const ChargeRequest& request, const LaneAsk& ask, TimePoint now, Past& account,
                             Past& network, ChargeResult& result) {
  if (ask.lane == Lane::kChallenged)
    account.spent.push_back({.id = ask.proof_id, .until = now + ask.spent_for});
  for (const Reservation& open : account.open) {
    const bool alive = now < open.at + request.token_life;
    if (request.tag && alive && open.tag == request.tag && open.lane == ask.lane && open.sub == result.sub) {
      result.reservation_id = open.id;
      result.shared = true;
      return;
    }
  }
  if (ask.lane == Lane::kDevice) {
    bool known = false;
    TimePoint before_all = now;
    for (const Slot& slot : account.slots) {
      if (slot.lane != ask.lane) continue;
      known = known || slot.id == ask.proof_id;
      before_all = std::min(before_all, slot.seen - Duration(1));
    }
    if (!known) {
      account.slots.push_back(
          {.lane = ask.lane, .index = result.sub, .id = ask.proof_id, .since = now, .seen = before_all});
    }
  }
  auto charge = [&](const std::vector<CounterAsk>& asks, Past& past) {
    for (const CounterAsk& counter : asks) {
      if (!counter.charged || counter.weight <= 0) continue;
      const SeriesId series{.signature = counter.signature,
                            .sub = counter.sub_is_slot ? result.sub : counter.sub};
      past.charges.push_back({series, now, counter.weight, counter.member, request.reservation_id});
    }
  };
  charge(ask.account, account);
  charge(ask.network, network);
  account.open.push_back(
      {.id = request.reservation_id, .at = now, .lane = ask.lane, .sub = result.sub, .tag = request.tag});
}

ChargeResult NaiveSignalStore::ChargeNow(const ShardKeys& keys, const ChargeRequest& request) {
  const MutexLock lock(mutex_);
  const TimePoint now = request.now.value_or(clock_.Now());
  Past& account = accounts_[NameOf(keys.account)];
  Past& network = networks_[NameOf(keys.network)];
  ChargeResult result{.reservation_id = request.reservation_id};
  const LaneAsk* chosen = nullptr;
  for (size_t i = 0; i < request.lanes.size() && result.admitted < 0; ++i) {
    uint16_t slot = 0;
    if (!Qualifies(request.lanes[i], account, now, slot)) continue;
    chosen = &request.lanes[i];
    result.sub = slot;
    if (Admits(chosen->network, network, slot, now, request.token_life) &&
        Admits(chosen->account, account, slot, now, request.token_life))
      result.admitted = static_cast<int>(i);
  }
  if (chosen != nullptr && !request.dry_run && (result.admitted >= 0 || request.forced))
    Admit(request, *chosen, now, account, network, result);
  result.records = {.now = now, .account = RecordOf(account), .network = RecordOf(network)};
  return result;
}

bool NaiveSignalStore::GivesBack(const SettleRequest& request, const Reservation& open, TimePoint now,
                                 Past& account) {
  if (request.settlement == Settlement::kSuccess) return true;
  if (request.settlement == Settlement::kWrong) {
    if (!request.tag) return false;
    for (const WrongTag& wrong : account.wrong_tags) {
      if (wrong.tag == *request.tag && wrong.lane == request.lane && wrong.sub == request.sub) return true;
    }
    account.wrong_tags.push_back({.lane = request.lane, .sub = request.sub, .tag = *request.tag, .at = now});
    return false;
  }
  if (Refuses(request.not_verified_limit, account, request.not_verified, 1, now, Duration::zero()))
    return false;
  account.charges.push_back({request.not_verified, now, 1, 0, open.id});
  return true;
}

void NaiveSignalStore::Remember(Past& account, Lane lane, const latchkey::Remember& proof, TimePoint now) {
  std::vector<Slot*> taken;
  for (Slot& slot : account.slots) {
    if (slot.lane != lane) continue;
    if (slot.id == proof.id) {
      slot.seen = std::max(slot.seen, now);
      if (!proof.name.empty()) slot.name = proof.name;
      return;
    }
    taken.push_back(&slot);
  }
  Slot fresh{.lane = lane, .id = proof.id, .since = now, .seen = now, .name = proof.name};
  if (static_cast<int64_t>(taken.size()) < proof.slots_max) {
    fresh.index = FreePlace(account, lane);
    account.slots.push_back(std::move(fresh));
    return;
  }
  if (taken.empty()) return;
  Slot& oldest =
      **std::min_element(taken.begin(), taken.end(), [](Slot* a, Slot* b) { return a->seen < b->seen; });
  if (oldest.seen > now) return;
  fresh.index = oldest.index;
  oldest = std::move(fresh);
}

SettleResult NaiveSignalStore::SettleNow(const ShardKeys& keys, const SettleRequest& request) {
  const MutexLock lock(mutex_);
  const TimePoint now = request.now.value_or(clock_.Now());
  Past& account = accounts_[NameOf(keys.account)];
  Past& network = networks_[NameOf(keys.network)];
  SettleResult result;
  auto open = std::find_if(account.open.begin(), account.open.end(), [&](const Reservation& r) {
    return r.id == request.reservation_id && now < r.at + request.token_life;
  });
  if (open == account.open.end()) {
    result.state = now < request.charged_at + request.token_life ? SettleResult::State::kAlready
                                                                 : SettleResult::State::kExpired;
  } else {
    const Reservation settled = *open;
    account.open.erase(open);
    result.given_back = GivesBack(request, settled, now, account);
  }
  const bool live = result.state == SettleResult::State::kSettled;
  const bool success = request.settlement == Settlement::kSuccess;
  auto apply = [&](const std::vector<CounterEffect>& effects, Past& past) {
    for (const CounterEffect& effect : effects) {
      auto concerned = [&](const PastCharge& c) {
        return c.series == effect.series && (!effect.series.distinct() || c.member == effect.member);
      };
      if (effect.kind == CounterEffect::Kind::kGiveBack && result.given_back) {
        std::erase_if(past.charges, [&](const PastCharge& c) {
          return concerned(c) && c.reservation == request.reservation_id;
        });
      } else if (effect.kind == CounterEffect::Kind::kClear && success && live) {
        std::erase_if(past.charges, [&](const PastCharge& c) { return c.series == effect.series; });
      } else if (effect.kind == CounterEffect::Kind::kAdd && success && live && effect.weight > 0) {
        past.charges.push_back({effect.series, now, effect.weight, effect.member, 0});
      }
    }
  };
  apply(request.account, account);
  apply(request.network, network);
  if (success) {
    for (Slot& slot : account.slots) {
      if (request.slot_id != 0 && slot.lane == request.lane && slot.id == request.slot_id)
        slot.seen = std::max(slot.seen, now);
    }
    if (request.source) Remember(account, Lane::kFamiliar, *request.source, now);
    if (request.device) Remember(account, Lane::kDevice, *request.device, now);
  }
  result.records = {.now = now, .account = RecordOf(account), .network = RecordOf(network)};
  return result;
}

Record NaiveSignalStore::RecordOf(const Past& past) {
  Record record{.epoch = past.epoch,
                .slots = past.slots,
                .reservations = past.open,
                .wrong_tags = past.wrong_tags,
                .spent = past.spent};
  for (const PastCharge& charge : past.charges) {
    auto series = std::find_if(record.series.begin(), record.series.end(),
                               [&](const Series& s) { return s.id == charge.series; });
    if (series == record.series.end())
      series = record.series.insert(series, Series{.id = charge.series, .entries = {}});
    auto known = series->entries.end();
    if (charge.series.distinct()) {
      known = std::find_if(series->entries.begin(), series->entries.end(),
                           [&](const Entry& e) { return e.member == charge.member; });
    }
    if (known == series->entries.end()) {
      series->entries.push_back({.at = charge.at, .count = charge.weight, .member = charge.member});
    } else {
      known->at = std::max(known->at, charge.at);
      known->count += charge.weight;
    }
  }
  for (Series& series : record.series) {
    std::stable_sort(series.entries.begin(), series.entries.end(),
                     [](const Entry& a, const Entry& b) { return a.at < b.at; });
  }
  return record;
}

void NaiveSignalStore::Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request, Duration,
                              std::function<void(absl::StatusOr<ChargeResult>)> done) {
  done(ChargeNow(keys, *request));
}

void NaiveSignalStore::Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request, Duration,
                              std::function<void(absl::StatusOr<SettleResult>)> done) {
  done(SettleNow(keys, *request));
}

void NaiveSignalStore::Update(const RecordKey& key, Change change, Duration, Duration,
                              std::function<void(absl::StatusOr<Record>)> done) {
  Record record;
  {
    const MutexLock lock(mutex_);
    Past& past =
        key.kind == RecordKey::Kind::kAccount ? accounts_[NameOf(key.key)] : networks_[NameOf(key.key)];
    const Record before = RecordOf(past);
    record = before;
    change(record, clock_.Now());
    past.epoch = record.epoch;
    past.slots = record.slots;
    past.open = record.reservations;
    past.wrong_tags = record.wrong_tags;
    past.spent = record.spent;
    // Charges of a series that was left alone stay as they are; another is what the change made of it.
    std::erase_if(past.charges, [&](const PastCharge& c) {
      const Series* after = record.FindSeries(c.series);
      return after == nullptr || !(*after == *before.FindSeries(c.series));
    });
    for (const Series& series : record.series) {
      const Series* same = before.FindSeries(series.id);
      if (same != nullptr && *same == series) continue;
      for (const Entry& entry : series.entries)
        past.charges.push_back({series.id, entry.at, entry.count, entry.member, 0});
    }
  }
  done(std::move(record));
}

void NaiveSignalStore::Read(const ShardKeys& keys, Duration,
                            std::function<void(absl::StatusOr<ShardRecords>)> done) {
  ShardRecords records{.now = clock_.Now()};
  {
    const MutexLock lock(mutex_);
    records.account = RecordOf(accounts_[NameOf(keys.account)]);
    records.network = RecordOf(networks_[NameOf(keys.network)]);
  }
  done(std::move(records));
}

}  // namespace latchkey
