// A Record is all that one shard knows: one packed value under one key.
//
// An account's shard holds its devices, familiar sources, recoveries, counters and live reservations; a
// network's shard holds the counters of the network and of the sources in it. The memory store and Redis keep
// the same bytes (record_codec.h) and change them by the same rules (shard.h).
//
// Value types; thread-compatible.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "engine/attempt/lane.h"
#include "engine/base/clock.h"

namespace latchkey {

// Identifies a counter inside a record: 16 bits of what is counted (its signature) and 16 bits of which one
// (slot, table place or host).
struct SeriesId {
  static constexpr uint16_t kDistinctBit = 0x8000;  // entries carry a member
  static constexpr uint16_t kEverBit = 0x4000;      // entries never grow old
  static constexpr uint16_t kOverflowSub = 0xFFFF;  // shared by what found no place of its own

  uint16_t signature = 0;
  uint16_t sub = 0;

  [[nodiscard]] bool distinct() const { return (signature & kDistinctBit) != 0; }
  [[nodiscard]] bool ever() const { return (signature & kEverBit) != 0; }
  [[nodiscard]] uint32_t packed() const { return (static_cast<uint32_t>(signature) << 16U) | sub; }
  [[nodiscard]] static SeriesId FromPacked(uint32_t packed) {
    return {static_cast<uint16_t>(packed >> 16U), static_cast<uint16_t>(packed & 0xFFFFU)};
  }
  bool operator==(const SeriesId&) const = default;
};

// `count` charges, the latest of them at `at`. In a distinct series: a member, last charged at `at`.
struct Entry {
  TimePoint at;
  int64_t count = 1;
  uint64_t member = 0;
  bool operator==(const Entry&) const = default;
};

// Most series hold one or two: those live in the series itself.
using Entries = absl::InlinedVector<Entry, 2>;

// Ordered by time, oldest first.
struct Series {
  SeriesId id;
  Entries entries;
  bool operator==(const Series&) const = default;
};

// A proof that this account knows: a device, a recovery or a familiar source.
struct Slot {
  Lane lane = Lane::kDevice;
  uint16_t index = 0;  // its place; counters of the slot use it as `sub`
  uint64_t id = 0;     // 48 bits
  TimePoint since;     // minted, opened or first remembered
  TimePoint seen;      // last completed login with it
  std::string name;    // given by people, at most kSlotNameMax bytes
  bool operator==(const Slot&) const = default;
};

// An admitted attempt whose outcome is not known yet.
struct Reservation {
  uint64_t id = 0;  // 48 bits
  TimePoint at;
  Lane lane = Lane::kStranger;
  uint16_t sub = 0;
  std::optional<uint16_t> tag;  // of the password in flight
  bool operator==(const Reservation&) const = default;
};

// The tag of a password that was reported wrong.
struct WrongTag {
  Lane lane = Lane::kStranger;
  uint16_t sub = 0;
  uint16_t tag = 0;
  TimePoint at;
  bool operator==(const WrongTag&) const = default;
};

// An identifier that must not be accepted (again): a used challenge, a forgotten device.
struct SpentId {
  uint64_t id = 0;  // 48 bits
  TimePoint until;
  bool operator==(const SpentId&) const = default;
};

struct Record {
  // Device tokens minted under a smaller epoch are worthless.
  int64_t epoch = 0;
  std::vector<Slot> slots;
  std::vector<Series> series;
  std::vector<Reservation> reservations;
  std::vector<WrongTag> wrong_tags;
  std::vector<SpentId> spent;

  bool operator==(const Record&) const = default;
  [[nodiscard]] bool empty() const {
    return epoch == 0 && slots.empty() && series.empty() && reservations.empty() && wrong_tags.empty() &&
           spent.empty();
  }

  [[nodiscard]] const Series* FindSeries(SeriesId id) const;
  [[nodiscard]] const Slot* FindSlot(Lane lane, uint64_t id) const;
  [[nodiscard]] bool IsSpent(uint64_t id, TimePoint now) const;
};

// Bounds of a record, equal in every store.
//
// Of the bytes: the worst that a policy can ask for, with every budget spent, every window full and every
// reservation in flight in the same two minutes. The default policy's is 6.6 KB; a busy account takes a few
// hundred bytes.
inline constexpr size_t kRecordBytesMax = 8192;
inline constexpr size_t kSlotNameMax = 24;
inline constexpr size_t kSeriesMax = 128;
inline constexpr size_t kWrongTagsPerSlotMax = 4;
inline constexpr size_t kSpentMax = 64;
inline constexpr size_t kReservationsMax = 96;

}  // namespace latchkey
