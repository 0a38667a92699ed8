#include "adapters/memory/record_table.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "engine/base/prefetch.h"
#include "engine/base/unix_second.h"

namespace latchkey {
namespace {

// A stripe's table is 4/5 full when it grows, by half; and shrinks when it is nearly empty.
constexpr size_t kPlacesMin = 8;
constexpr size_t kPlaceBytes = 24;  // of a record, on average

bool IsFull(size_t used, size_t places) { return (used + 1) * 5 > places * 4; }

// What grows, grows again: room for about one more charge, and more where many came already. A record with
// proofs is kept for long and seldom charged.
size_t RoomToGrow(size_t bytes, RecordTable::Kind kind) {
  constexpr size_t kOneCharge = 16;
  return kind == RecordTable::Kind::kProven ? kOneCharge : kOneCharge + bytes / 4;
}

}  // namespace

RecordTable::Lock::Lock(RecordTable& table, std::initializer_list<Key> keys) ABSL_NO_THREAD_SAFETY_ANALYSIS
    : table_(table) {
  for (const Key& key : keys) stripes_[count_++] = static_cast<uint16_t>(StripeOf(key));
  const auto end = stripes_.begin() + static_cast<std::ptrdiff_t>(count_);
  std::sort(stripes_.begin(), end);
  count_ = static_cast<size_t>(std::unique(stripes_.begin(), end) - stripes_.begin());
  for (size_t i = 0; i < count_; ++i) table_.stripes_[stripes_[i]].mutex.Lock();
}

RecordTable::Lock::~Lock() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  for (size_t i = 0; i < count_; ++i) table_.stripes_[stripes_[i]].mutex.Unlock();
}

RecordTable::~RecordTable() {
  for (Stripe& stripe : stripes_) {
    for (const Place& place : stripe.owned) {
      if (place.entry != nullptr) Free(place.entry);
    }
  }
}

size_t RecordTable::PlaceOf(const Stripe& stripe, const Key& key, uint32_t tag) {
  const std::span<Place> places = stripe.all();
  if (places.empty()) return kNone;
  for (size_t at = HomeOf(tag, places.size());; at = at + 1 == places.size() ? 0 : at + 1) {
    const Place& place = places[at];
    if (place.entry == nullptr) return kNone;
    if (place.tag == tag && place.entry->key_ == key) return at;
  }
}

const RecordTable::Entry* RecordTable::Find(const Key& key, TimePoint now) const {
  const Stripe& stripe = stripes_[StripeOf(key)];
  const size_t at = PlaceOf(stripe, key, TagOf(key));
  if (at == kNone) return nullptr;
  const Entry* entry = stripe.all()[at].entry;
  return entry->keep_until_ <= now ? nullptr : entry;
}

void RecordTable::Prefetch(const Key& key) const {
  const Stripe& stripe = stripes_[StripeOf(key)];
  const std::span<Place> places = stripe.all();
  if (!places.empty()) PrefetchLine(places.data() + HomeOf(TagOf(key), places.size()));
  PrefetchLine<For::kWriting>(&stripe);
}

void RecordTable::PrefetchEntry(const Key& key) const {
  const std::span<Place> places = stripes_[StripeOf(key)].all();
  if (places.empty()) return;
  const uint32_t tag = TagOf(key);
  size_t at = HomeOf(tag, places.size());
  while (places[at].entry != nullptr && places[at].tag != tag) at = at + 1 == places.size() ? 0 : at + 1;
  const Entry* const entry = places[at].entry;
  if (entry == nullptr) return;
  latchkey::Prefetch(entry, kRecordUsual);
  RecordPool::ExpectGive(entry);
}

RecordTable::Entry* RecordTable::Make(const Key& key, size_t bytes) {
  const size_t block = RecordPool::BlockFor(sizeof(Entry) + bytes);
  return new (PoolOf(key).Take(pages_, block)) Entry(key, block - sizeof(Entry));
}

void RecordTable::Free(Entry* entry) { PoolOf(entry->key_).Give(pages_, entry, entry->block()); }

void RecordTable::Fill(Entry& entry, std::string_view bytes, TimePoint keep_until, Kind kind) {
  std::memcpy(reinterpret_cast<char*>(&entry + 1), bytes.data(), bytes.size());
  entry.size_ = static_cast<uint32_t>(bytes.size());
  entry.keep_until_ = keep_until;
  entry.proven_ = kind == Kind::kProven ? 1 : 0;
}

void RecordTable::Put(const Key& key, std::string_view bytes, TimePoint keep_until, Kind kind) {
  Stripe& stripe = stripes_[StripeOf(key)];
  const uint32_t tag = TagOf(key);
  const size_t at = PlaceOf(stripe, key, tag);
  if (at == kNone) {
    Entry* entry = Make(key, bytes.size());
    Fill(*entry, bytes, keep_until, kind);
    Count({}, ShareOf(*entry));
    const size_t places = stripe.all().size();
    if (IsFull(stripe.used, places)) Resize(stripe, std::max(kPlacesMin, places + places / 2));
    Insert(stripe.all(), {.tag = tag, .due = UnixSecond32(keep_until), .entry = entry});
    ++stripe.used;
    return;
  }
  Place& place = stripe.all()[at];
  place.due = UnixSecond32(keep_until);
  Entry& entry = *place.entry;
  const bool fits = bytes.size() <= entry.capacity_ && entry.capacity_ <= 2 * bytes.size() + 64;
  if (fits && entry.proven() == (kind == Kind::kProven)) return Fill(entry, bytes, keep_until, kind);
  const Share gone = ShareOf(entry);
  if (!fits) {
    place.entry = Make(key, bytes.size() + RoomToGrow(bytes.size(), kind));
    Free(&entry);
  }
  Fill(*place.entry, bytes, keep_until, kind);
  Count(gone, ShareOf(*place.entry));
}

void RecordTable::Erase(const Key& key) {
  Stripe& stripe = stripes_[StripeOf(key)];
  const size_t at = PlaceOf(stripe, key, TagOf(key));
  if (at != kNone) Drop(stripe, at);
}

void RecordTable::Drop(Stripe& stripe, size_t at) {
  Entry* entry = stripe.all()[at].entry;
  Count(ShareOf(*entry), {});
  Free(entry);
  Remove(stripe, at);
}

void RecordTable::Insert(std::span<Place> places, const Place& place) {
  size_t at = HomeOf(place.tag, places.size());
  while (places[at].entry != nullptr) at = at + 1 == places.size() ? 0 : at + 1;
  places[at] = place;
}

void RecordTable::Resize(Stripe& stripe, size_t places) {
  std::vector<Place> old(places);
  std::swap(old, stripe.owned);
  stripe.places.store(stripe.owned.data(), std::memory_order_relaxed);
  stripe.count.store(places, std::memory_order_relaxed);
  for (const Place& place : old) {
    if (place.entry != nullptr) Insert(stripe.owned, place);
  }
  stripe.hand = 0;
}

void RecordTable::Remove(Stripe& stripe, size_t at) {
  // Those that follow move up as long as that brings them no farther than home.
  const std::span<Place> places = stripe.all();
  const auto distance = [size = places.size()](size_t from, size_t to) {
    return to >= from ? to - from : to + size - from;
  };
  size_t hole = at;
  for (size_t next = at;;) {
    next = next + 1 == places.size() ? 0 : next + 1;
    if (places[next].entry == nullptr) break;
    const size_t home = HomeOf(places[next].tag, places.size());
    if (distance(home, next) < distance(hole, next)) continue;
    places[hole] = places[next];
    hole = next;
  }
  places[hole] = Place();
  --stripe.used;
}

RecordTable::Share RecordTable::ShareOf(const Entry& entry) {
  const size_t bytes = entry.block() + kPlaceBytes;
  Share share{.entries = 1, .bytes = bytes};
  if (entry.proven()) {
    share.proven = 1;
    share.proven_bytes = bytes;
  }
  return share;
}

void RecordTable::Count(const Share& gone, const Share& come) {
  const auto change = [](std::atomic<size_t>& count, size_t less, size_t more) {
    // Unsigned arithmetic wraps, so a negative difference takes away.
    if (more != less) count.fetch_add(more - less, std::memory_order_relaxed);
  };
  change(entries_, gone.entries, come.entries);
  change(bytes_, gone.bytes, come.bytes);
  change(proven_, gone.proven, come.proven);
  change(proven_bytes_, gone.proven_bytes, come.proven_bytes);
}

bool RecordTable::HasRoom(Kind kind) const {
  if (entries() >= bounds_.entries_max || bytes() + kEntryOverhead > bounds_.bytes_max) return false;
  if (kind == Kind::kProven) return true;
  const auto below = [&](size_t all, size_t proven, size_t max) {
    const size_t unproven = all - std::min(all, proven);
    return static_cast<double>(unproven) < bounds_.watermark * static_cast<double>(max);
  };
  return below(entries(), proven(), bounds_.entries_max) &&
         below(bytes(), proven_bytes_.load(std::memory_order_relaxed), bounds_.bytes_max);
}

bool RecordTable::MayGrow(Kind kind, size_t bytes) const {
  const size_t all = this->bytes();
  if (all + bytes > bounds_.bytes_max) return false;
  if (kind == Kind::kProven) return true;
  const size_t proven = proven_bytes_.load(std::memory_order_relaxed);
  const size_t unproven = all - std::min(all, proven);
  const double share = (1 + bounds_.watermark) / 2;
  return static_cast<double>(unproven + bytes) <= share * static_cast<double>(bounds_.bytes_max);
}

bool RecordTable::Sweep(Stripe& stripe, TimePoint now, size_t& steps, size_t& dropped) {
  const uint32_t due = UnixSecond32(now);
  const std::span<Place> places = stripe.all();
  // Places without a record are cheap to pass, but not free.
  for (size_t empty = 0; stripe.hand < places.size() && steps > 0;) {
    Place& place = places[stripe.hand];
    if (place.entry == nullptr) {
      if (++empty % 4 == 0) --steps;
      ++stripe.hand;
      continue;
    }
    --steps;
    if (place.due <= due) {
      if (place.entry->keep_until_ <= now) {
        Drop(stripe, stripe.hand);  // Another may have moved up to where the hand is.
        ++dropped;
        continue;
      }
      place.due = UnixSecond32(place.entry->keep_until_);
    }
    ++stripe.hand;
  }
  if (stripe.hand < places.size()) return false;
  stripe.hand = 0;
  if (places.size() > kPlacesMin && stripe.used < places.size() / 8)
    Resize(stripe, std::max(kPlacesMin, places.size() / 4));
  return true;
}

size_t RecordTable::Expire(TimePoint now, size_t steps, size_t stripes) {
  size_t dropped = 0;
  for (size_t i = 0; i < stripes && steps > 0; ++i) {
    size_t at = next_stripe_.load(std::memory_order_relaxed);
    Stripe& stripe = stripes_[at % kStripes];
    const MutexLock lock(stripe.mutex);
    // The next one goes on where this one ends.
    if (Sweep(stripe, now, steps, dropped))
      next_stripe_.compare_exchange_strong(at, at + 1, std::memory_order_relaxed);
  }
  return dropped;
}

void RecordTable::ForEachOfStripe(size_t stripe, TimePoint now,
                                  const std::function<void(const Key&, const Entry&)>& visit) const {
  constexpr size_t kAhead = 8;
  const MutexLock lock(stripes_[stripe].mutex);
  const std::span<Place> places = stripes_[stripe].all();
  for (size_t at = 0; at < places.size(); ++at) {
    if (at + kAhead < places.size() && places[at + kAhead].entry != nullptr)
      latchkey::Prefetch(places[at + kAhead].entry, kRecordUsual);
    const Entry* const entry = places[at].entry;
    if (entry != nullptr && entry->keep_until_ > now) visit(entry->key_, *entry);
  }
}

void RecordTable::ForEach(TimePoint now, const std::function<void(const Key&, const Entry&)>& visit) const {
  for (size_t stripe = 0; stripe < kStripes; ++stripe) ForEachOfStripe(stripe, now, visit);
}

}  // namespace latchkey
