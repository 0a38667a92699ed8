// The layout of flat_record_codec.h, for those who read it in place.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/signal/record.h"

namespace latchkey::flat {

inline constexpr uint64_t kVersion = 2;
inline constexpr size_t kHeadBytes = 18;

// Of one of each.
inline constexpr size_t kSlotBytes = 22;  // without its name
inline constexpr size_t kSeriesBytes = 6;
inline constexpr size_t kEntryBytes = 9;
inline constexpr size_t kMemberEntryBytes = 15;
inline constexpr size_t kReservationBytes = 18;
inline constexpr size_t kWrongTagBytes = 11;
inline constexpr size_t kSpentBytes = 12;

// Reads groups; what is not there is zero, and then ok() is false.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : left_(bytes) {}

  template <int kWidth>
  uint64_t Get() {
    if (left_.size() < kWidth) {
      ok_ = false;
      left_ = {};
      return 0;
    }
    uint64_t value = 0;
    for (int i = 0; i < kWidth; ++i)
      value = (value << 8U) | static_cast<uint8_t>(left_[static_cast<size_t>(i)]);
    left_.remove_prefix(kWidth);
    return value;
  }
  TimePoint Time() { return TimePoint(Duration(static_cast<int64_t>(Get<6>()))); }
  uint16_t Small() { return static_cast<uint16_t>(Get<2>()); }
  Lane LaneOf() {
    const uint64_t value = Get<1>();
    if (value >= kLaneCount) ok_ = false;
    return ok_ ? static_cast<Lane>(value) : Lane::kStranger;
  }
  std::string_view Text(size_t size) {
    if (left_.size() < size) ok_ = false;
    const std::string_view text = left_.substr(0, ok_ ? size : 0);
    left_.remove_prefix(text.size());
    return text;
  }
  [[nodiscard]] size_t left() const { return left_.size(); }
  [[nodiscard]] bool ok() const { return ok_; }
  // Whether there is another group.
  [[nodiscard]] bool More() const { return ok_ && !left_.empty(); }

 private:
  std::string_view left_;
  bool ok_ = true;
};

// A record cut into its parts.
struct Parts {
  int64_t epoch = 0;
  std::string_view slots;
  std::string_view series;
  std::string_view reservations;
  std::string_view wrong_tags;
  std::string_view spent;
};

// Nothing when the head does not fit the bytes. Requires: not empty.
[[nodiscard]] inline std::optional<Parts> CutUp(std::string_view bytes) {
  Unpacker in(bytes.substr(1));
  Parts parts{.epoch = static_cast<int64_t>(in.Get<6>())};
  const size_t slots = in.Get<2>();
  const size_t series = in.Get<3>();
  const size_t reservations = in.Get<2>();
  const size_t wrong_tags = in.Get<2>();
  const size_t spent = in.Get<2>();
  if (!in.ok() || in.left() != slots + series + reservations + wrong_tags + spent) return std::nullopt;
  parts.slots = in.Text(slots);
  parts.series = in.Text(series);
  parts.reservations = in.Text(reservations);
  parts.wrong_tags = in.Text(wrong_tags);
  parts.spent = in.Text(spent);
  return parts;
}

[[nodiscard]] inline size_t EntryBytes(SeriesId id) {
  return id.distinct() ? kMemberEntryBytes : kEntryBytes;
}

}  // namespace latchkey::flat
