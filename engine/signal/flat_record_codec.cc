#include "engine/signal/flat_record_codec.h"

#include <algorithm>
#include <span>
#include <vector>

namespace latchkey {
namespace {

constexpr uint64_t kVersion = 2;
constexpr size_t kHeadBytes = 18;

// Of one of each.
constexpr size_t kSlotBytes = 22;  // without its name
constexpr size_t kSeriesBytes = 6;
constexpr size_t kEntryBytes = 9;
constexpr size_t kMemberEntryBytes = 15;
constexpr size_t kReservationBytes = 18;
constexpr size_t kWrongTagBytes = 11;
constexpr size_t kSpentBytes = 12;
constexpr size_t kFlatEntriesMax = UINT16_MAX;

class Packer {
 public:
  template <int kWidth>
  void Put(uint64_t value) {
    constexpr uint64_t kMax = (uint64_t{1} << (8 * kWidth)) - 1;
    value = std::min(value, kMax);
    for (int i = kWidth - 1; i >= 0; --i) bytes_ += static_cast<char>(value >> (8 * i));
  }
  void Time(TimePoint at) {
    Put<6>(static_cast<uint64_t>(std::max<int64_t>(at.time_since_epoch().count(), 0)));
  }
  void LaneOf(Lane lane) { Put<1>(static_cast<uint64_t>(lane)); }
  void Text(std::string_view text) { bytes_ += text; }
  void Reserve(size_t bytes) { bytes_.reserve(bytes); }
  [[nodiscard]] size_t size() const { return bytes_.size(); }
  [[nodiscard]] std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// The latest of a list that fit into so many bytes.
template <typename T>
std::span<const T> Latest(const std::vector<T>& all, size_t bytes_each) {
  const size_t kept = std::min(all.size(), UINT16_MAX / bytes_each);
  return std::span<const T>(all).last(kept);
}

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

std::string_view NameOf(const Slot& slot) { return std::string_view(slot.name).substr(0, kSlotNameMax); }

size_t EntryBytes(const Series& series) { return series.id.distinct() ? kMemberEntryBytes : kEntryBytes; }

// More entries are in no record that a policy allows.
std::span<const Entry> EntriesOf(const Series& series) {
  const size_t kept = std::min<size_t>(series.entries.size(), kFlatEntriesMax);
  return std::span<const Entry>(series.entries).last(kept);
}

void PutSlot(const Slot& slot, Packer& out) {
  out.LaneOf(slot.lane);
  out.Put<6>(slot.id);
  out.Put<2>(slot.index);
  out.Time(slot.since);
  out.Time(slot.seen);
  out.Put<1>(NameOf(slot).size());
  out.Text(NameOf(slot));
}

void PutSeries(const Series& series, Packer& out) {
  const std::span<const Entry> entries = EntriesOf(series);
  if (entries.empty()) return;
  out.Put<4>(series.id.packed());
  out.Put<2>(entries.size());
  for (const Entry& entry : entries) {
    out.Time(entry.at);
    out.Put<3>(static_cast<uint64_t>(std::max<int64_t>(entry.count, 1)));
    if (series.id.distinct()) out.Put<6>(entry.member);
  }
}

void PutReservation(const Reservation& reservation, Packer& out) {
  out.Put<6>(reservation.id);
  out.Time(reservation.at);
  out.LaneOf(reservation.lane);
  out.Put<2>(reservation.sub);
  out.Put<3>(reservation.tag ? uint64_t{*reservation.tag} + 1 : 0);
}

void PutWrongTag(const WrongTag& tag, Packer& out) {
  out.LaneOf(tag.lane);
  out.Put<2>(tag.sub);
  out.Put<2>(tag.tag);
  out.Time(tag.at);
}

bool ReadSlots(Unpacker in, Record& record) {
  record.slots.reserve(in.left() / kSlotBytes);
  while (in.More()) {
    Slot slot{.lane = in.LaneOf(), .index = 0, .id = in.Get<6>()};
    slot.index = in.Small();
    slot.since = in.Time();
    slot.seen = in.Time();
    slot.name = std::string(in.Text(in.Get<1>()));
    record.slots.push_back(std::move(slot));
  }
  return in.ok();
}

bool ReadSeries(Unpacker in, Record& record) {
  while (in.More()) {
    Series& series = record.series.emplace_back();
    series.id = SeriesId::FromPacked(static_cast<uint32_t>(in.Get<4>()));
    const size_t entries = in.Get<2>();
    const bool distinct = series.id.distinct();
    if (entries * EntryBytes(series) > in.left()) return false;
    series.entries.reserve(entries);
    for (size_t i = 0; i < entries; ++i) {
      Entry entry{.at = in.Time(), .count = static_cast<int64_t>(in.Get<3>()), .member = 0};
      if (distinct) entry.member = in.Get<6>();
      if (entry.count < 1) return false;
      series.entries.push_back(entry);
    }
  }
  return in.ok();
}

bool ReadReservations(Unpacker in, Record& record) {
  record.reservations.reserve(in.left() / kReservationBytes + 1);
  while (in.More()) {
    Reservation r{
        .id = in.Get<6>(), .at = in.Time(), .lane = in.LaneOf(), .sub = in.Small(), .tag = std::nullopt};
    const uint64_t tag = in.Get<3>();
    if (tag > 0 && tag <= 0x10000) r.tag = static_cast<uint16_t>(tag - 1);
    record.reservations.push_back(r);
  }
  return in.ok();
}

bool ReadWrongTags(Unpacker in, Record& record) {
  while (in.More()) {
    record.wrong_tags.push_back({.lane = in.LaneOf(), .sub = in.Small(), .tag = in.Small(), .at = in.Time()});
  }
  return in.ok();
}

bool ReadSpent(Unpacker in, Record& record) {
  while (in.More()) record.spent.push_back({.id = in.Get<6>(), .until = in.Time()});
  return in.ok();
}

}  // namespace

std::string EncodeFlatRecord(const Record& record) {
  if (record.empty()) return "";
  const auto slots = Latest(record.slots, kSlotBytes + kSlotNameMax);
  const auto reservations = Latest(record.reservations, kReservationBytes);
  const auto wrong_tags = Latest(record.wrong_tags, kWrongTagBytes);
  const auto spent = Latest(record.spent, kSpentBytes);
  size_t slot_bytes = 0;
  for (const Slot& slot : slots) slot_bytes += kSlotBytes + NameOf(slot).size();
  size_t series_bytes = 0;
  for (const Series& series : record.series) {
    if (!series.entries.empty()) series_bytes += kSeriesBytes + EntriesOf(series).size() * EntryBytes(series);
  }
  Packer out;
  out.Reserve(kHeadBytes + slot_bytes + series_bytes + reservations.size() * kReservationBytes +
              wrong_tags.size() * kWrongTagBytes + spent.size() * kSpentBytes);
  out.Put<1>(kVersion);
  out.Put<6>(static_cast<uint64_t>(std::max<int64_t>(record.epoch, 0)));
  out.Put<2>(slot_bytes);
  out.Put<3>(series_bytes);
  out.Put<2>(reservations.size() * kReservationBytes);
  out.Put<2>(wrong_tags.size() * kWrongTagBytes);
  out.Put<2>(spent.size() * kSpentBytes);
  for (const Slot& slot : slots) PutSlot(slot, out);
  for (const Series& series : record.series) PutSeries(series, out);
  for (const Reservation& reservation : reservations) PutReservation(reservation, out);
  for (const WrongTag& tag : wrong_tags) PutWrongTag(tag, out);
  for (const SpentId& id : spent) {
    out.Put<6>(id.id);
    out.Time(id.until);
  }
  // Nothing but series without entries.
  if (out.size() == kHeadBytes && record.epoch == 0) return "";
  return out.Take();
}

absl::StatusOr<Record> DecodeFlatRecord(std::string_view bytes) {
  if (bytes.empty()) return Record{};
  if (static_cast<uint8_t>(bytes.front()) != kVersion)
    return absl::UnimplementedError("record of an unknown version");
  Unpacker in(bytes.substr(1));
  Record record;
  record.epoch = static_cast<int64_t>(in.Get<6>());
  const size_t slots = in.Get<2>();
  const size_t series = in.Get<3>();
  const size_t reservations = in.Get<2>();
  const size_t wrong_tags = in.Get<2>();
  const size_t spent = in.Get<2>();
  const auto part = [&in](size_t size) { return Unpacker(in.Text(size)); };
  const bool whole = in.ok() && in.left() == slots + series + reservations + wrong_tags + spent;
  if (!whole || !ReadSlots(part(slots), record) || !ReadSeries(part(series), record) ||
      !ReadReservations(part(reservations), record) || !ReadWrongTags(part(wrong_tags), record) ||
      !ReadSpent(part(spent), record)) {
    return absl::DataLossError("bytes that are not a record");
  }
  return record;
}

int64_t FlatEpochOf(std::string_view bytes) {
  Unpacker in(bytes.substr(1));
  return static_cast<int64_t>(in.Get<6>());
}

}  // namespace latchkey
