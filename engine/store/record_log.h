// Records in one block of memory, one behind the other in the order in which they came, the oldest of which
// make room for new ones.
//
// A record may have two versions. A new one takes the place of one that it fits into; else the record is
// written anew, as if it had just come. A table of small places says where each record is, so that finding
// one, or writing one down, touches little memory: between two answers of a store, what was touched before
// has left the processor's caches.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <string_view>

#include "absl/hash/hash.h"
#include "engine/base/clock.h"
#include "engine/base/prefetch.h"
#include "engine/store/record_key.h"

namespace latchkey {

// Thread-compatible; Prefetch is thread-safe.
class RecordLog {
 public:
  // A record. Its versions follow.
  class Entry {
   public:
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    [[nodiscard]] RecordKey key() const { return {kind_, key_}; }
    [[nodiscard]] std::string_view latest() const { return version(latest_); }
    [[nodiscard]] std::string_view former() const { return version(1U - latest_); }

    TimePoint seen;
    int64_t look = 0;  // the caller's

   private:
    friend class RecordLog;
    Entry(const RecordKey& key, TimePoint now) : seen(now), queued_(now), key_(key.key), kind_(key.kind) {}

    [[nodiscard]] const char* place(size_t which) const {
      return reinterpret_cast<const char*>(this + 1) + which * rooms_[0];
    }
    [[nodiscard]] std::string_view version(size_t which) const { return {place(which), sizes_[which]}; }
    void Write(size_t which, std::string_view bytes) {
      sizes_[which] = static_cast<uint32_t>(bytes.size());
      bytes.copy(const_cast<char*>(place(which)), bytes.size());
    }
    [[nodiscard]] uint32_t units() const { return UnitsFor(size_t{rooms_[0]} + rooms_[1]); }

    TimePoint queued_;
    Key key_;
    std::array<uint32_t, 2> rooms_{};
    std::array<uint32_t, 2> sizes_{};
    RecordKey::Kind kind_;
    uint8_t latest_ = 0;
    bool dead_ = false;  // its record is elsewhere, or nowhere
  };

  // Takes no memory before the first record comes.
  RecordLog(size_t bytes_max, Duration age_max);
  ~RecordLog();
  RecordLog(const RecordLog&) = delete;
  RecordLog& operator=(const RecordLog&) = delete;

  // Null when there is none. Valid until anything is written.
  [[nodiscard]] Entry* Find(const RecordKey& key) const;

  // A record that is not there yet. Null when it is too large to be kept.
  Entry* Add(const RecordKey& key, std::string_view bytes, TimePoint now);
  // A new version of a record, in place of its latest one; with `keep`, in place of its former one, which the
  // latest becomes. Null when it has become too large to be kept: it is forgotten.
  Entry* Renew(Entry& entry, std::string_view bytes, bool keep, TimePoint now);

  // Lets go of a few of the oldest that have not been seen for too long.
  void Trim(TimePoint now);

  // Begins to load where Find of this key will look.
  void Prefetch(const RecordKey& key) const {
    if (const Place* const places = places_.load(std::memory_order_relaxed); places != nullptr)
      PrefetchLine(places + (TagOf(key) & mask_.load(std::memory_order_relaxed)));
  }

  template <typename Visit>
  void ForEach(Visit visit) const {
    for (size_t i = 0; i < places(); ++i) {
      if (const Place& place = Places()[i]; place.at != kNowhere) visit(*At(place.at));
    }
  }

  [[nodiscard]] size_t bytes() const { return size_t{used_} * kUnit + places() * sizeof(Place); }

 private:
  static constexpr size_t kUnit = 8;
  static constexpr uint32_t kNowhere = UINT32_MAX;
  static constexpr size_t kPlacesMin = 16;
  // How many of the oldest are looked at for each that comes.
  static constexpr int kSteps = 4;

  struct Place {
    uint32_t tag = 0;
    uint32_t at = kNowhere;  // in units
  };

  static_assert(sizeof(Entry) % kUnit == 0 && alignof(Entry) <= kUnit);
  static uint32_t UnitsFor(size_t room) {
    return static_cast<uint32_t>((sizeof(Entry) + room + kUnit - 1) / kUnit);
  }
  // With what a few more entries of a record take.
  static size_t RoomFor(size_t size) { return (size + size / 8 + 15) / 16 * 16; }
  static uint32_t TagOf(const RecordKey& key) { return static_cast<uint32_t>(absl::HashOf(key)); }

  [[nodiscard]] Entry* At(uint32_t unit) const {
    return std::launder(reinterpret_cast<Entry*>(memory_.get() + size_t{unit} * kUnit));
  }
  [[nodiscard]] uint32_t UnitOf(const Entry& entry) const {
    return static_cast<uint32_t>((reinterpret_cast<const std::byte*>(&entry) - memory_.get()) / kUnit);
  }

  // Whether there is so much behind all others.
  [[nodiscard]] bool Fits(uint32_t units) const;
  // Requires: Fits.
  std::byte* Claim(uint32_t units, TimePoint now);
  Entry* Append(const RecordKey& key, size_t room, size_t other_room, TimePoint now);
  // Lets go of the oldest until so much fits, beside a place in the table. Requires: it ever can.
  void MakeRoom(uint32_t units, TimePoint now);
  [[nodiscard]] bool MayKeep(uint32_t units) const { return units <= units_max_ / 4; }
  // The oldest goes, or comes again if it was seen since and `again`.
  void PassOldest(TimePoint now, bool again);
  void DropOldest();
  void Bury(Entry& entry);

  [[nodiscard]] bool HasPlace() const;
  void PutPlace(uint32_t tag, uint32_t at);
  void GrowPlaces();
  [[nodiscard]] size_t FindPlace(uint32_t tag, uint32_t at) const;
  void ErasePlace(size_t place);

  // Of the table, for whoever may write.
  [[nodiscard]] Place* Places() const { return places_.load(std::memory_order_relaxed); }
  [[nodiscard]] size_t mask() const { return mask_.load(std::memory_order_relaxed); }
  [[nodiscard]] size_t places() const { return Places() == nullptr ? 0 : mask() + 1; }

  // What every call needs is together.
  std::atomic<Place*> places_{nullptr};  // as many as a power of two, by linear probing
  std::atomic<uint32_t> mask_{0};
  uint32_t placed_ = 0;
  std::unique_ptr<std::byte[]> memory_;
  // Entries lie from `tail_` to `head_`, or from `tail_` to `lap_end_` and from the beginning to `head_`; all
  // in units.
  uint32_t tail_ = 0;
  uint32_t head_ = 0;
  uint32_t lap_end_ = 0;  // 0: they have not come round
  uint32_t used_ = 0;
  TimePoint oldest_;  // when the one at `tail_` came
  const Duration age_max_;
  const uint32_t units_max_;
  const uint32_t places_max_;
};

}  // namespace latchkey
