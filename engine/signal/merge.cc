#include "engine/signal/merge.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "engine/signal/merge_series.h"
#include "engine/signal/record_codec.h"
#include "engine/signal/series.h"

namespace latchkey {
namespace {

// What a slot is known by. A recovery that was revoked has no id, but keeps its place in the allowance.
using SlotName = std::tuple<Lane, uint64_t, TimePoint>;
SlotName NameOf(const Slot& slot) {
  return {slot.lane, slot.id, slot.id == 0 ? slot.since : TimePoint(Duration::zero())};
}

using Places = std::map<SlotName, uint16_t>;
Places PlacesOf(const Record& record) {
  Places places;
  for (const Slot& slot : record.slots) places.emplace(NameOf(slot), slot.index);
  return places;
}

void ApplyEpoch(Record& record, int64_t epoch) {
  if (record.epoch >= epoch) return;
  record.epoch = epoch;
  std::erase_if(record.slots, [](const Slot& s) { return s.lane == Lane::kDevice; });
  for (Slot& slot : record.slots) {
    if (slot.lane == Lane::kRecovered) slot.id = 0;
  }
}

Slot Joined(const Slot& a, const Slot& b) {
  Slot joined = a.seen >= b.seen ? a : b;
  const Slot& other = a.seen >= b.seen ? b : a;
  if (a.seen == b.seen) joined.name = std::max(a.name, b.name);
  if (joined.name.empty()) joined.name = other.name;
  joined.since = std::min(a.since, b.since);
  return joined;
}

// All proofs of both, each once, without those that were forgotten, in the order in which they choose places.
std::vector<Slot> UnitedSlots(const Record& a, const Record& b, const std::vector<SpentId>& spent) {
  std::map<SlotName, Slot> united;
  for (const Record* record : {&a, &b}) {
    for (const Slot& slot : record->slots) {
      const bool forgotten =
          slot.lane == Lane::kDevice &&
          std::any_of(spent.begin(), spent.end(), [&](auto& s) { return s.id == slot.id; });
      if (forgotten) continue;
      auto [it, fresh] = united.emplace(NameOf(slot), slot);
      if (!fresh) it->second = Joined(it->second, slot);
    }
  }
  std::vector<Slot> slots;
  for (auto& [name, slot] : united) slots.push_back(std::move(slot));
  std::sort(slots.begin(), slots.end(), [](const Slot& x, const Slot& y) {
    return std::tie(x.lane, x.since, x.id) < std::tie(y.lane, y.since, y.id);
  });
  return slots;
}

void DropSurplus(std::vector<Slot>& slots, const MergeRules& rules) {
  for (Lane lane : {Lane::kDevice, Lane::kRecovered, Lane::kFamiliar}) {
    const int64_t max = rules.slots_max[static_cast<size_t>(lane)];
    if (max <= 0) continue;
    std::vector<std::tuple<TimePoint, uint64_t>> seen;
    for (const Slot& slot : slots) {
      if (slot.lane == lane) seen.emplace_back(slot.seen, slot.id);
    }
    if (static_cast<int64_t>(seen.size()) <= max) continue;
    std::sort(seen.rbegin(), seen.rend());
    const auto last = seen[static_cast<size_t>(max) - 1];
    std::erase_if(slots, [&](const Slot& s) { return s.lane == lane && std::tuple(s.seen, s.id) < last; });
  }
}

// Gives each slot a place of its own: one that it has in either record if that is free.
void ChoosePlaces(std::vector<Slot>& slots, const Places& a, const Places& b) {
  std::set<std::pair<Lane, uint16_t>> taken;
  for (Slot& slot : slots) {
    std::set<uint16_t> wished;
    for (const Places* places : {&a, &b}) {
      if (auto it = places->find(NameOf(slot)); it != places->end()) wished.insert(it->second);
    }
    uint16_t place = 0;
    const auto free = std::find_if(wished.begin(), wished.end(), [&](uint16_t p) {
      return !taken.contains({slot.lane, p});
    });
    if (free != wished.end()) {
      place = *free;
    } else {
      while (taken.contains({slot.lane, place})) ++place;
    }
    slot.index = place;
    taken.insert({slot.lane, place});
  }
}

// The series of one record under the places of the merged one; those of a slot that went are left out.
std::vector<Series> Moved(const Record& record, const std::vector<Slot>& slots, const MergeRules& rules) {
  const auto slot_at = [&](Lane lane, uint16_t index) {
    auto it = std::find_if(record.slots.begin(), record.slots.end(),
                           [&](const Slot& s) { return s.lane == lane && s.index == index; });
    return it == record.slots.end() ? nullptr : &*it;
  };
  std::vector<Series> moved;
  for (const Series& series : record.series) {
    const MergeRules::Counter* counter = rules.Find(series.id.signature);
    const Slot* slot =
        counter == nullptr || !counter->slot_lane ? nullptr : slot_at(*counter->slot_lane, series.id.sub);
    if (slot == nullptr) {
      moved.push_back(series);
      continue;
    }
    const auto now =
        std::find_if(slots.begin(), slots.end(), [&](const Slot& s) { return NameOf(s) == NameOf(*slot); });
    if (now == slots.end()) continue;
    moved.push_back({.id = {series.id.signature, now->index}, .entries = series.entries});
  }
  return moved;
}

// What a success of the slot has cleared in one record is cleared in the merged one.
void Clear(std::vector<Series>& series, const std::vector<Slot>& slots, const MergeRules& rules) {
  for (Series& each : series) {
    const MergeRules::Counter* counter = rules.Find(each.id.signature);
    if (counter == nullptr || !counter->slot_lane || !counter->cleared_by_success || !each.id.ever())
      continue;
    for (const Slot& slot : slots) {
      if (slot.lane != *counter->slot_lane || slot.index != each.id.sub || slot.seen <= slot.since) continue;
      const auto cleared = [&](const Entry& e) { return e.at <= slot.seen; };
      each.entries.erase(std::remove_if(each.entries.begin(), each.entries.end(), cleared),
                         each.entries.end());
    }
  }
}

std::vector<Series> UnitedSeries(std::vector<Series> all, const MergeRules& rules) {
  std::map<uint32_t, std::vector<Series>> by_id;
  for (Series& series : all) {
    if (!series.entries.empty()) by_id[series.id.packed()].push_back(std::move(series));
  }
  if (by_id.size() > kSeriesMax) {
    // The series charged last keep their own; the others join the crowd's, for which a place is kept each.
    std::set<uint16_t> signatures;
    std::vector<std::tuple<TimePoint, uint32_t>> latest;
    for (const auto& [id, each] : by_id) {
      signatures.insert(each.front().id.signature);
      TimePoint last = each.front().entries.back().at;
      for (const Series& series : each) last = std::max(last, series.entries.back().at);
      if (each.front().id.sub != SeriesId::kOverflowSub) latest.emplace_back(last, id);
    }
    std::sort(latest.rbegin(), latest.rend());
    const size_t kept = signatures.size() >= kSeriesMax ? 0 : kSeriesMax - signatures.size();
    for (size_t i = kept; i < latest.size(); ++i) {
      for (Series& series : by_id.extract(std::get<1>(latest[i])).mapped()) {
        series.id.sub = SeriesId::kOverflowSub;
        by_id[series.id.packed()].push_back(std::move(series));
      }
    }
  }
  std::vector<Series> united;
  for (const auto& [id, each] : by_id) {
    const MergeRules::Counter* counter = rules.Find(each.front().id.signature);
    united.push_back(MergeSeries(each, counter == nullptr ? 0 : counter->members_max));
  }
  return united;
}

std::vector<SpentId> UnitedSpent(const Record& a, const Record& b) {
  std::map<uint64_t, TimePoint> until;
  for (const Record* record : {&a, &b}) {
    for (const SpentId& spent : record->spent) {
      TimePoint& known = until.emplace(spent.id, spent.until).first->second;
      known = std::max(known, spent.until);
    }
  }
  std::vector<SpentId> all;
  for (const auto& [id, till] : until) all.push_back({.id = id, .until = till});
  std::sort(all.begin(), all.end(), [](const SpentId& x, const SpentId& y) {
    return std::tie(y.until, x.id) < std::tie(x.until, y.id);
  });
  if (all.size() > kSpentMax) all.resize(kSpentMax);
  return all;
}

std::vector<Reservation> UnitedReservations(const std::vector<Reservation>& both) {
  std::map<uint64_t, Reservation> united;
  for (const Reservation& reservation : both) {
    auto [it, fresh] = united.emplace(reservation.id, reservation);
    if (!fresh && it->second.at < reservation.at) it->second = reservation;
  }
  std::vector<Reservation> all;
  for (const auto& [id, reservation] : united) all.push_back(reservation);
  if (all.size() > kReservationsMax) {
    std::sort(all.begin(), all.end(), [](const Reservation& x, const Reservation& y) {
      return std::tie(x.lane, y.at, x.id) < std::tie(y.lane, x.at, y.id);
    });
    all.resize(kReservationsMax);
  }
  std::sort(all.begin(), all.end(), [](const Reservation& x, const Reservation& y) {
    return std::tie(x.at, x.id) < std::tie(y.at, y.id);
  });
  return all;
}

std::vector<WrongTag> UnitedTags(const std::vector<WrongTag>& both) {
  std::map<std::tuple<Lane, uint16_t, uint16_t>, TimePoint> united;
  for (const WrongTag& tag : both) {
    TimePoint& at = united.emplace(std::tuple(tag.lane, tag.sub, tag.tag), tag.at).first->second;
    at = std::max(at, tag.at);
  }
  std::vector<WrongTag> all;
  for (const auto& [name, at] : united) {
    const auto& [lane, sub, tag] = name;
    all.push_back({.lane = lane, .sub = sub, .tag = tag, .at = at});
  }
  std::sort(all.begin(), all.end(), [](const WrongTag& x, const WrongTag& y) {
    return std::tie(x.lane, x.sub, y.at, x.tag) < std::tie(y.lane, y.sub, x.at, y.tag);
  });
  size_t own = 0;
  std::vector<WrongTag> kept;
  for (const WrongTag& tag : all) {
    own = !kept.empty() && kept.back().lane == tag.lane && kept.back().sub == tag.sub ? own + 1 : 0;
    if (own < kWrongTagsPerSlotMax) kept.push_back(tag);
  }
  std::sort(kept.begin(), kept.end(), [](const WrongTag& x, const WrongTag& y) {
    return std::tie(x.at, x.lane, x.sub, x.tag) < std::tie(y.at, y.lane, y.sub, y.tag);
  });
  return kept;
}

// The places of reservations and tags follow their slots.
template <typename Item>
std::vector<Item> MovedItems(const Record& record, const std::vector<Item>& items,
                             const std::vector<Slot>& slots) {
  std::vector<Item> moved = items;
  for (Item& item : moved) {
    for (const Slot& was : record.slots) {
      if (was.lane != item.lane || was.index != item.sub) continue;
      for (const Slot& slot : slots) {
        if (NameOf(slot) == NameOf(was)) item.sub = slot.index;
      }
      break;
    }
  }
  return moved;
}

template <typename Item>
std::vector<Item> Both(std::vector<Item> a, const std::vector<Item>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

void Shrink(Record& record) {
  for (size_t max = kExactEntries; max > 1 && EncodeRecord(record).size() > kRecordBytesMax; max /= 2) {
    for (Series& series : record.series) LimitEntries(series, max);
  }
}

}  // namespace

const MergeRules::Counter* MergeRules::Find(uint16_t signature) const {
  auto it = std::find_if(counters.begin(), counters.end(),
                         [&](const Counter& c) { return c.signature == signature; });
  return it == counters.end() ? nullptr : &*it;
}

Record MergeRecords(Record a, Record b, const MergeRules& rules) {
  Record merged;
  merged.epoch = std::max(a.epoch, b.epoch);
  ApplyEpoch(a, merged.epoch);
  ApplyEpoch(b, merged.epoch);
  merged.spent = UnitedSpent(a, b);
  merged.slots = UnitedSlots(a, b, merged.spent);
  DropSurplus(merged.slots, rules);
  ChoosePlaces(merged.slots, PlacesOf(a), PlacesOf(b));
  merged.series = Both(Moved(a, merged.slots, rules), Moved(b, merged.slots, rules));
  Clear(merged.series, merged.slots, rules);
  merged.series = UnitedSeries(std::move(merged.series), rules);
  merged.reservations = UnitedReservations(
      Both(MovedItems(a, a.reservations, merged.slots), MovedItems(b, b.reservations, merged.slots)));
  merged.wrong_tags =
      UnitedTags(Both(MovedItems(a, a.wrong_tags, merged.slots), MovedItems(b, b.wrong_tags, merged.slots)));
  Shrink(merged);
  return merged;
}

}  // namespace latchkey
