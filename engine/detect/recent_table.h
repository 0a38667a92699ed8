// What was lately seen, by key, in a fixed number of places.
//
// Where anybody may invent keys, one that is not there has to have been seen more often than the lightest of
// its eight neighbours before it takes that one's place ("TinyLFU", Einziger et al. 2017): a flood of names
// that are each seen once displaces nobody who was seen twice. How often a key was seen is kept in a sketch
// that only overcounts and is halved each hour. Elsewhere the latest key takes the place of the oldest.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <new>
#include <type_traits>
#include <vector>

#include "engine/attempt/key.h"
#include "engine/base/clock.h"
#include "engine/base/prefetch.h"

namespace latchkey {

enum class Admission : uint8_t { kSeenMoreOften, kAlways };

// `Entry` has a `Key key`. Thread-compatible.
template <typename Entry>
class RecentTable {
 public:
  static_assert(std::is_trivially_destructible_v<Entry>);
  static constexpr size_t kWays = 8;

  // Requires: capacity a power of two and at least kWays. What was not seen for `forget` makes room at once.
  RecentTable(size_t capacity, Duration forget, Admission admission = Admission::kSeenMoreOften)
      : forget_(forget),
        admission_(admission),
        marks_(capacity),
        entries_(capacity),
        mask_(capacity / kWays - 1) {}

  [[nodiscard]] Entry* Find(const Key& key) {
    const size_t first = Bucket(key);
    const uint32_t wanted = Fingerprint(key);
    for (size_t i = first; i < first + kWays; ++i) {
      if (marks_[i].fingerprint == wanted && entries_[i].key == key) return &entries_[i];
    }
    return nullptr;
  }

  // Begin to load what Touch of this key will look at: first the marks, which may be done beside anything
  // else; then, when they are there, the entry.
  void ExpectMarks(const Key& key) const {
    Prefetch<For::kWriting>(&marks_[Bucket(key)], kWays * sizeof(Mark));
  }
  void ExpectEntry(const Key& key) const {
    const size_t first = Bucket(key);
    const auto like = [wanted = Fingerprint(key)](const Mark& mark) { return mark.fingerprint == wanted; };
    const auto* const marks = &marks_[first];
    const auto* const known = std::find_if(marks, marks + kWays, like);
    const size_t place = known < marks + kWays ? first + static_cast<size_t>(known - marks) : Oldest(key);
    Prefetch<For::kWriting>(&entries_[place], sizeof(Entry));
  }

  // Seen once more. Null when it has to be seen more often first.
  Entry* Touch(const Key& key, TimePoint now) {
    if (Entry* known = Find(key)) {
      // Most of it is about to be counted in.
      Prefetch<For::kWriting>(known, sizeof(Entry));
      Mark& mark = marks_[static_cast<size_t>(known - entries_.data())];
      mark.weight = Weight(mark, now) + 1;
      mark.last = std::max(mark.last, now);
      return known;
    }
    const size_t place = admission_ == Admission::kAlways ? Oldest(key) : Lightest(key, now);
    if (place == kNowhere) return nullptr;
    marks_[place] = {Fingerprint(key), 1, now};
    // In its place: one that is assigned, or made by std::construct_at, is cleared as a whole before.
    Entry* const made = new (&entries_[place]) Entry;
    made->key = key;
    return made;
  }

 private:
  // All that choosing a place looks at: the marks of a bucket are two lines of the processor's cache.
  struct Mark {
    uint32_t fingerprint = 0;  // 0: free
    float weight = 0;
    TimePoint last;
  };
  static constexpr size_t kCells = 4096;
  static constexpr size_t kNowhere = SIZE_MAX;

  [[nodiscard]] size_t Oldest(const Key& key) const {
    const size_t first = Bucket(key);
    size_t oldest = first;
    for (size_t i = first; i < first + kWays; ++i) {
      if (marks_[i].fingerprint == 0) return i;
      if (marks_[i].last < marks_[oldest].last) oldest = i;
    }
    return oldest;
  }
  [[nodiscard]] size_t Lightest(const Key& key, TimePoint now) {
    const float seen = Seen(key, now);
    const size_t first = Bucket(key);
    size_t lightest = first;
    float least = -1;
    for (size_t i = first; i < first + kWays; ++i) {
      const bool free = marks_[i].fingerprint == 0 || marks_[i].last + forget_ < now;
      const float weight = free ? 0.F : Weight(marks_[i], now);
      if (least < 0 || weight < least) {
        least = weight;
        lightest = i;
      }
    }
    return least > 0 && seen <= least ? kNowhere : lightest;
  }

  [[nodiscard]] size_t Bucket(const Key& key) const { return ((key.low >> 8U) & mask_) * kWays; }
  [[nodiscard]] static uint32_t Fingerprint(const Key& key) {
    return static_cast<uint32_t>(key.high >> 32U) | 1U;
  }
  // Halves with every `forget_` of silence.
  [[nodiscard]] float Weight(const Mark& mark, TimePoint now) const {
    const auto idle = static_cast<float>((now - mark.last).count());
    if (idle <= 0) return mark.weight;
    return mark.weight * std::exp2(-idle / static_cast<float>(forget_.count()));
  }
  // How often, this time included; at most too often.
  float Seen(const Key& key, TimePoint now) {
    const int64_t hour = now.time_since_epoch().count() / 3'600'000;
    if (hour != hour_) {
      const int64_t hours = hour_ == 0 ? 0 : std::clamp<int64_t>(hour - hour_, 0, 8);
      for (uint8_t& cell : cells_) cell = static_cast<uint8_t>(cell >> static_cast<unsigned>(hours));
      hour_ = hour;
    }
    uint8_t& a = cells_[(key.low >> 20U) % (kCells / 2)];
    uint8_t& b = cells_[kCells / 2 + (key.high >> 4U) % (kCells / 2)];
    const uint8_t least = std::min(a, b);
    if (least == UINT8_MAX) return UINT8_MAX;
    if (a == least) ++a;
    if (b == least) ++b;
    return static_cast<float>(least) + 1;
  }

  const Duration forget_;
  const Admission admission_;
  std::vector<Mark> marks_;  // parallel to the entries
  std::vector<Entry> entries_;
  const size_t mask_;
  int64_t hour_ = 0;
  std::array<uint8_t, kCells> cells_{};
};

}  // namespace latchkey
