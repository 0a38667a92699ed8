#include "engine/store/record_log.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "engine/base/check.h"

namespace latchkey {

RecordLog::RecordLog(size_t bytes_max, Duration age_max)
    : age_max_(age_max),
      units_max_(static_cast<uint32_t>(std::min<size_t>(bytes_max / 8 * 7 / kUnit, kNowhere))),
      places_max_(
          std::bit_floor(static_cast<uint32_t>(std::min<size_t>(bytes_max / 8 / sizeof(Place), kNowhere)))) {}

RecordLog::~RecordLog() { delete[] Places(); }

RecordLog::Entry* RecordLog::Find(const RecordKey& key) const {
  if (placed_ == 0) return nullptr;
  const uint32_t tag = TagOf(key);
  const Place* const places = Places();
  for (size_t i = tag & mask(); places[i].at != kNowhere; i = (i + 1) & mask()) {
    if (places[i].tag != tag) continue;
    Entry* const entry = At(places[i].at);
    if (entry->key() == key) return entry;
  }
  return nullptr;
}

RecordLog::Entry* RecordLog::Add(const RecordKey& key, std::string_view bytes, TimePoint now) {
  const size_t room = RoomFor(bytes.size());
  if (!MayKeep(UnitsFor(room)) || places_max_ < kPlacesMin) return nullptr;
  MakeRoom(UnitsFor(room), now);
  Entry* const entry = Append(key, room, 0, now);
  entry->Write(0, bytes);
  return entry;
}

RecordLog::Entry* RecordLog::Renew(Entry& entry, std::string_view bytes, bool keep, TimePoint now) {
  const size_t which = keep ? 1U - entry.latest_ : entry.latest_;
  if (bytes.size() <= entry.rooms_[which]) {
    entry.Write(which, bytes);
    entry.latest_ = static_cast<uint8_t>(which);
    return &entry;
  }
  thread_local std::string former;  // its memory is used again, as of the one that moves
  former = keep ? entry.latest() : entry.former();
  const RecordKey key = entry.key();
  const TimePoint seen = entry.seen;
  Bury(entry);
  const size_t room = RoomFor(bytes.size());
  const size_t other_room = former.empty() ? 0 : RoomFor(former.size());
  if (!MayKeep(UnitsFor(room + other_room))) return nullptr;
  MakeRoom(UnitsFor(room + other_room), now);
  Entry* const anew = Append(key, room, other_room, now);
  anew->seen = std::max(seen, now);
  anew->Write(0, bytes);
  anew->Write(1, former);
  return anew;
}

void RecordLog::Trim(TimePoint now) {
  for (int step = 0; step < kSteps && used_ > 0 && oldest_ + age_max_ <= now; ++step)
    PassOldest(now, /*again=*/true);
}

bool RecordLog::Fits(uint32_t units) const {
  if (used_ == 0) return units <= units_max_;
  if (lap_end_ != 0) return units <= tail_ - head_;
  return units <= units_max_ - head_ || units <= tail_;
}

std::byte* RecordLog::Claim(uint32_t units, TimePoint now) {
  if (memory_ == nullptr) memory_ = std::make_unique_for_overwrite<std::byte[]>(size_t{units_max_} * kUnit);
  if (used_ == 0) oldest_ = now;
  if (lap_end_ == 0 && units > units_max_ - head_) {
    lap_end_ = head_;
    used_ += units_max_ - head_;  // what is left at the end belongs to the one before
    head_ = 0;
  }
  std::byte* const claimed = memory_.get() + size_t{head_} * kUnit;
  head_ += units;
  used_ += units;
  return claimed;
}

RecordLog::Entry* RecordLog::Append(const RecordKey& key, size_t room, size_t other_room, TimePoint now) {
  auto* const entry = new (Claim(UnitsFor(room + other_room), now)) Entry(key, now);
  entry->rooms_ = {static_cast<uint32_t>(room), static_cast<uint32_t>(other_room)};
  PutPlace(TagOf(key), UnitOf(*entry));
  return entry;
}

void RecordLog::MakeRoom(uint32_t units, TimePoint now) {
  for (int step = 0; !Fits(units) || !HasPlace(); ++step) PassOldest(now, step < kSteps);
}

void RecordLog::PassOldest(TimePoint now, bool again) {
  Entry& entry = *At(tail_);
  if (entry.dead_) return DropOldest();
  const uint32_t units = entry.units();
  again = again && entry.seen > entry.queued_ && entry.seen + age_max_ > now;
  // It goes to the end, as if it had come when it was seen last.
  thread_local std::string moving;
  if (again) moving.assign(reinterpret_cast<const char*>(&entry), size_t{units} * kUnit);
  const TimePoint seen = entry.seen;
  Bury(entry);
  DropOldest();
  if (!again || !Fits(units)) return;
  std::byte* const claimed = Claim(units, seen);
  std::memcpy(claimed, moving.data(), moving.size());
  auto* const moved = std::launder(reinterpret_cast<Entry*>(claimed));
  moved->queued_ = seen;
  PutPlace(TagOf(moved->key()), UnitOf(*moved));
}

void RecordLog::DropOldest() {
  const uint32_t units = At(tail_)->units();
  tail_ += units;
  used_ -= units;
  if (lap_end_ != 0 && tail_ == lap_end_) {
    used_ -= units_max_ - lap_end_;
    tail_ = 0;
    lap_end_ = 0;
  }
  if (used_ == 0) {
    tail_ = 0;
    head_ = 0;
  } else {
    oldest_ = At(tail_)->queued_;
  }
}

void RecordLog::Bury(Entry& entry) {
  ErasePlace(FindPlace(TagOf(entry.key()), UnitOf(entry)));
  entry.dead_ = true;
}

bool RecordLog::HasPlace() const { return 4 * (size_t{placed_} + 1) <= 3 * size_t{places_max_}; }

void RecordLog::PutPlace(uint32_t tag, uint32_t at) {
  if (4 * (size_t{placed_} + 1) > 3 * places()) GrowPlaces();
  Place* const places = Places();
  size_t i = tag & mask();
  while (places[i].at != kNowhere) i = (i + 1) & mask();
  places[i] = {tag, at};
  ++placed_;
}

void RecordLog::GrowPlaces() {
  const size_t count = places();
  const std::unique_ptr<Place[]> before(Places());
  const size_t more = std::max<size_t>(kPlacesMin, 2 * count);
  places_.store(new Place[more], std::memory_order_relaxed);
  mask_.store(static_cast<uint32_t>(more - 1), std::memory_order_relaxed);
  placed_ = 0;
  for (size_t i = 0; i < count; ++i) {
    if (before[i].at != kNowhere) PutPlace(before[i].tag, before[i].at);
  }
}

size_t RecordLog::FindPlace(uint32_t tag, uint32_t at) const {
  const Place* const places = Places();
  size_t i = tag & mask();
  while (places[i].at != at) {
    LATCHKEY_CHECK(places[i].at != kNowhere);
    i = (i + 1) & mask();
  }
  return i;
}

// Those behind it that could not have its place move up, so that none is cut off from where it belongs.
void RecordLog::ErasePlace(size_t place) {
  Place* const places = Places();
  const size_t wrap = mask();
  for (size_t next = (place + 1) & wrap; places[next].at != kNowhere; next = (next + 1) & wrap) {
    const size_t home = places[next].tag & wrap;
    if (((next - home) & wrap) < ((next - place) & wrap)) continue;
    places[place] = places[next];
    place = next;
  }
  places[place] = Place{};
  --placed_;
}

}  // namespace latchkey
