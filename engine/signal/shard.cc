#include "engine/signal/shard.h"

#include <algorithm>

#include "engine/signal/series.h"
#include "engine/signal/settle_steps.h"

namespace latchkey {
namespace {

Retention RetentionOf(const CounterAsk& ask) { return {ask.windows, ask.horizon, ask.members_max}; }

// The series of this name, or the one that the crowd shares when the record has no place left.
SeriesId Resolve(const Record& record, SeriesId id) {
  if (record.FindSeries(id) != nullptr || record.series.size() < kSeriesMax) return id;
  return {.signature = id.signature, .sub = SeriesId::kOverflowSub};
}

Series& FindOrAdd(Record& record, SeriesId id) {
  const SeriesId resolved = Resolve(record, id);
  for (Series& series : record.series) {
    if (series.id == resolved) return series;
  }
  return record.series.emplace_back(Series{.id = resolved, .entries = {}});
}

SeriesId IdOf(const CounterAsk& ask, uint16_t slot) {
  return {.signature = ask.signature, .sub = ask.sub_is_slot ? slot : ask.sub};
}

bool Admits(const std::vector<CounterAsk>& asks, const Record& record, uint16_t slot, TimePoint now,
            Duration life) {
  return std::all_of(asks.begin(), asks.end(), [&](const CounterAsk& ask) {
    const SeriesId id = IdOf(ask, slot);
    const Series* series = record.FindSeries(Resolve(record, id));
    const std::span<const Entry> entries = series == nullptr ? std::span<const Entry>() : series->entries;
    return std::none_of(ask.limits.begin(), ask.limits.end(), [&](const Limit& limit) {
      return EvaluateLimit(limit, entries, id.distinct(), id.distinct() ? 1 : ask.weight, now, life).refuses;
    });
  });
}

void ChargeAll(const std::vector<CounterAsk>& asks, Record& record, uint16_t slot, TimePoint now) {
  if (record.series.empty()) record.series.reserve(asks.size());
  for (const CounterAsk& ask : asks) {
    if (!ask.charged) continue;
    Series& series = FindOrAdd(record, IdOf(ask, slot));
    Forget(series, RetentionOf(ask), now);
    Charge(series, now, ask.weight, ask.member, RetentionOf(ask));
  }
}

// A record without room for another series first lets go of those whose charges no window sees any more.
void MakeRoom(const std::vector<CounterAsk>& asks, Record& record, TimePoint now) {
  for (const CounterAsk& ask : asks) {
    if (record.series.size() < kSeriesMax) return;
    for (Series& series : record.series) {
      if (series.id.signature == ask.signature) Forget(series, RetentionOf(ask), now);
    }
    std::erase_if(record.series, [](const Series& s) { return s.entries.empty(); });
  }
}

uint16_t FreeIndex(const std::vector<Slot>& slots, Lane lane) {
  for (uint16_t index = 0;; ++index) {
    const bool taken = std::any_of(slots.begin(), slots.end(),
                                   [&](const Slot& s) { return s.lane == lane && s.index == index; });
    if (!taken) return index;
  }
}

int64_t SlotsTaken(const std::vector<Slot>& slots, Lane lane) {
  return std::count_if(slots.begin(), slots.end(), [lane](const Slot& s) { return s.lane == lane; });
}

// Drops what no rule can see any more, so that a record's size follows its evidence.
void Prune(Record& record, TimePoint now, Duration token_life) {
  std::erase_if(record.reservations, [&](const Reservation& r) { return r.at + token_life <= now; });
  std::erase_if(record.spent, [&](const SpentId& s) { return s.until <= now; });
  std::erase_if(record.series, [](const Series& s) { return s.entries.empty(); });
}

// Remembers a reservation. When there are too many, the oldest of the weakest lane is forgotten (its charge
// stands), so that no flood of strangers takes the owner's.
void Reserve(Record& record, const Reservation& reservation) {
  auto& all = record.reservations;
  if (all.size() >= kReservationsMax) {
    auto weakest = std::max_element(
        all.begin(), all.end(), [](const Reservation& a, const Reservation& b) { return a.lane < b.lane; });
    if (weakest->lane < reservation.lane) return;
    all.erase(weakest);
  }
  all.push_back(reservation);
}

// Gives a device that the record does not know a free place. It counts as seen before all others, so that it
// is the first to go: a token that lost its place once never pushes out a device that logs in.
void ClaimPlace(Record& record, const LaneAsk& ask, uint16_t index, TimePoint now) {
  TimePoint seen = now;
  for (const Slot& slot : record.slots) {
    if (slot.lane == ask.lane) seen = std::min(seen, slot.seen - Duration(1));
  }
  record.slots.push_back({.lane = ask.lane, .index = index, .id = ask.proof_id, .since = now, .seen = seen});
}

void Admit(const ChargeRequest& request, const LaneAsk& ask, uint16_t slot, ChargeResult& result) {
  Record& account = result.records.account.Mutable();
  const TimePoint now = result.records.now;
  result.sub = slot;
  if (ask.lane == Lane::kChallenged) SpendId(account, ask.proof_id, now + ask.spent_for);
  if (request.tag) {
    for (const Reservation& r : account.reservations) {
      if (r.lane == ask.lane && r.sub == slot && r.tag == request.tag) {
        result.reservation_id = r.id;
        result.shared = true;
        return;
      }
    }
  }
  if (ask.lane == Lane::kDevice && account.FindSlot(ask.lane, ask.proof_id) == nullptr)
    ClaimPlace(account, ask, slot, now);
  ChargeAll(ask.account, account, slot, now);
  ChargeAll(ask.network, result.records.network.Mutable(), slot, now);
  Reserve(account,
          {.id = request.reservation_id, .at = now, .lane = ask.lane, .sub = slot, .tag = request.tag});
}

void Apply(const CounterEffect& effect, Record& record, TimePoint charged_at, TimePoint now,
           Duration tolerance = Duration::zero()) {
  const SeriesId id = Resolve(record, effect.series);
  auto it =
      std::find_if(record.series.begin(), record.series.end(), [id](const Series& s) { return s.id == id; });
  switch (effect.kind) {
    case CounterEffect::Kind::kGiveBack:
      if (!StillSeen(effect, charged_at, now)) break;
      if (it != record.series.end())
        GiveBack(*it, charged_at, effect.weight, effect.member, effect.members_max, tolerance);
      break;
    case CounterEffect::Kind::kClear:
      if (it != record.series.end()) it->entries.clear();
      break;
    case CounterEffect::Kind::kAdd: {
      Series& series = FindOrAdd(record, effect.series);
      const Retention retention{effect.windows, effect.horizon, effect.members_max};
      Forget(series, retention, now);
      Charge(series, now, effect.weight, effect.member, retention);
      break;
    }
  }
}

// Whether an unverified attempt may still be given back; counts it if so.
bool MayGiveBackUnverified(const SettleRequest& request, Record& record, TimePoint now) {
  const Limit& limit = request.not_verified_limit;
  Series& series = FindOrAdd(record, request.not_verified);
  if (EvaluateLimit(limit, series.entries, /*distinct=*/false, 1, now, Duration::zero()).refuses)
    return false;
  const std::vector<Duration> windows = {limit.window};
  const Retention retention{windows, limit.window, 0};
  Forget(series, retention, now);
  Charge(series, now, 1, 0, retention);
  return true;
}

}  // namespace

void SpendId(Record& record, uint64_t id, TimePoint until) {
  if (record.spent.size() >= kSpentMax) {
    record.spent.erase(
        std::min_element(record.spent.begin(), record.spent.end(),
                         [](const SpentId& a, const SpentId& b) { return a.until < b.until; }));
  }
  record.spent.push_back({.id = id, .until = until});
}

void RememberProof(Record& record, Lane lane, const Remember& proof, TimePoint now) {
  RememberIn(record.slots, lane, proof, now);
}

void RememberIn(std::vector<Slot>& slots, Lane lane, const Remember& proof, TimePoint now) {
  Slot* oldest = nullptr;
  for (Slot& slot : slots) {
    if (slot.lane != lane) continue;
    if (slot.id == proof.id) {
      slot.seen = std::max(slot.seen, now);
      if (!proof.name.empty()) slot.name = proof.name;
      return;
    }
    if (oldest == nullptr || slot.seen < oldest->seen) oldest = &slot;
  }
  if (SlotsTaken(slots, lane) < proof.slots_max) {
    slots.push_back({.lane = lane,
                     .index = FreeIndex(slots, lane),
                     .id = proof.id,
                     .since = now,
                     .seen = now,
                     .name = proof.name});
  } else if (oldest != nullptr && oldest->seen <= now) {
    oldest->id = proof.id;
    oldest->since = now;
    oldest->seen = now;
    oldest->name = proof.name;
  }
}

void SeeAgain(std::vector<Slot>& slots, const SettleRequest& request, TimePoint now) {
  for (Slot& slot : slots) {
    if (slot.lane == request.lane && slot.id == request.slot_id) slot.seen = std::max(slot.seen, now);
  }
}

bool KnownWrong(std::vector<WrongTag>& tags, const SettleRequest& request, TimePoint now) {
  for (WrongTag& known : tags) {
    if (known.lane != request.lane || known.sub != request.sub || known.tag != *request.tag) continue;
    known.at = std::max(known.at, now);
    return true;
  }
  auto own = [&](const WrongTag& t) { return t.lane == request.lane && t.sub == request.sub; };
  if (std::count_if(tags.begin(), tags.end(), own) >= static_cast<std::ptrdiff_t>(kWrongTagsPerSlotMax))
    tags.erase(std::find_if(tags.begin(), tags.end(), own));
  tags.push_back({.lane = request.lane, .sub = request.sub, .tag = *request.tag, .at = now});
  return false;
}

bool StillSeen(const CounterEffect& effect, TimePoint charged_at, TimePoint now) {
  return effect.series.ever() || effect.horizon <= Duration::zero() || charged_at > now - effect.horizon;
}

ProofState CheckProof(const LaneAsk& ask, const Record& record, TimePoint now) {
  const Slot* slot = record.FindSlot(ask.lane, ask.proof_id);
  switch (ask.lane) {
    case Lane::kDevice:
      if (ask.proof_epoch < record.epoch || record.IsSpent(ask.proof_id, now)) return {};
      if (slot != nullptr) return {true, slot->index};
      if (SlotsTaken(record.slots, ask.lane) >= ask.slots_max) return {};
      return {true, FreeIndex(record.slots, ask.lane)};
    case Lane::kRecovered:
      if (slot == nullptr || ask.proof_epoch < record.epoch || slot->since + ask.fresh_for <= now) return {};
      return {true, slot->index};
    case Lane::kFamiliar:
      if (slot == nullptr || slot->seen + ask.fresh_for <= now) return {};
      return {true, slot->index};
    case Lane::kChallenged:
      return {!record.IsSpent(ask.proof_id, now), 0};
    case Lane::kStranger:
      return {true, 0};
  }
  return {};
}

ChargeResult ApplyCharge(const ChargeRequest& request, ShardRecords records) {
  ChargeResult result{.records = std::move(records)};
  result.reservation_id = request.reservation_id;
  const TimePoint now = result.records.now;
  Record& account = result.records.account.Mutable();
  Record& network = result.records.network.Mutable();
  for (const LaneAsk& ask : request.lanes) {
    MakeRoom(ask.account, account, now);
    MakeRoom(ask.network, network, now);
  }
  int last = -1;
  uint16_t last_slot = 0;
  for (size_t i = 0; i < request.lanes.size(); ++i) {
    const LaneAsk& ask = request.lanes[i];
    const ProofState found = CheckProof(ask, account, now);
    if (!found.holds) continue;
    last = static_cast<int>(i);
    last_slot = found.slot;
    if (!ask.closed && Admits(ask.network, network, found.slot, now, request.token_life) &&
        Admits(ask.account, account, found.slot, now, request.token_life)) {
      result.admitted = last;
      break;
    }
  }
  const bool counted = result.admitted >= 0 || (request.forced && last >= 0);
  if (!counted || request.dry_run) {
    result.sub = last_slot;
    return result;
  }
  result.counted = last;
  Prune(account, now, request.token_life);
  Prune(network, now, request.token_life);
  Admit(request, request.lanes[static_cast<size_t>(last)], last_slot, result);
  return result;
}

SettleResult ApplySettle(const SettleRequest& request, ShardRecords records) {
  SettleResult result{.records = std::move(records)};
  Record& account = result.records.account.Mutable();
  Record& network = result.records.network.Mutable();
  const TimePoint now = result.records.now;
  Prune(account, now, request.token_life);
  Prune(network, now, request.token_life);

  auto& reservations = account.reservations;
  auto it = std::find_if(reservations.begin(), reservations.end(),
                         [&](const Reservation& r) { return r.id == request.reservation_id; });
  const bool live = it != reservations.end();
  if (!live) {
    result.state = request.charged_at + request.token_life <= now ? SettleResult::State::kExpired
                                                                  : SettleResult::State::kAlready;
  }
  // An attempt that shares a reservation was charged when the first one with it was.
  const TimePoint charged_at = live ? it->at : request.charged_at;
  result.charged_at = charged_at;
  bool give_back = live;
  if (live) {
    switch (request.settlement) {
      case Settlement::kSuccess:
        break;
      case Settlement::kWrong:
        give_back = request.tag && KnownWrong(account.wrong_tags, request, now);
        break;
      case Settlement::kNotVerified:
        give_back = MayGiveBackUnverified(request, account, now);
        break;
    }
    it = std::find_if(reservations.begin(), reservations.end(),
                      [&](const Reservation& r) { return r.id == request.reservation_id; });
    reservations.erase(it);
  }
  const bool success = request.settlement == Settlement::kSuccess;
  auto apply = [&](const std::vector<CounterEffect>& effects, Record& record) {
    for (const CounterEffect& effect : effects) {
      const bool due = effect.kind == CounterEffect::Kind::kGiveBack ? give_back : success && live;
      if (due) Apply(effect, record, charged_at, now);
    }
  };
  apply(request.account, account);
  apply(request.network, network);
  result.given_back = give_back;
  if (success) {
    if (request.slot_id != 0) SeeAgain(account.slots, request, now);
    if (request.source) RememberProof(account, Lane::kFamiliar, *request.source, now);
    if (request.device) RememberProof(account, Lane::kDevice, *request.device, now);
  }
  Prune(account, now, request.token_life);
  Prune(network, now, request.token_life);
  return result;
}

NetworkAnswer ApplyNetworkCharge(const ChargeRequest& request, int expected, Record network, TimePoint now) {
  NetworkAnswer answer{.now = now, .admits = {}, .network = std::move(network)};
  for (const LaneAsk& ask : request.lanes) MakeRoom(ask.network, answer.network, now);
  for (const LaneAsk& ask : request.lanes)
    answer.admits.push_back(Admits(ask.network, answer.network, /*slot=*/0, now, request.token_life));
  const std::vector<CounterAsk>& asks = request.lanes[static_cast<size_t>(expected)].network;
  const bool any = std::any_of(asks.begin(), asks.end(), [](const CounterAsk& ask) { return ask.charged; });
  if (request.dry_run || !any || !answer.admits[static_cast<size_t>(expected)]) return answer;
  answer.charged = true;
  Prune(answer.network, now, request.token_life);
  ChargeAll(asks, answer.network, /*slot=*/0, now);
  return answer;
}

Record ApplyNetworkChange(const NetworkChange& change, Record network, TimePoint now) {
  for (const CounterEffect& effect : change.effects)
    Apply(effect, network, change.charged_at, now, change.tolerance);
  Prune(network, now, change.token_life);
  return network;
}

}  // namespace latchkey
