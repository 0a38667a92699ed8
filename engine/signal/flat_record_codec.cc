#include "engine/signal/flat_record_codec.h"

#include <algorithm>
#include <span>
#include <vector>

#include "engine/signal/flat_layout.h"

namespace latchkey {
namespace {

using namespace flat;  // NOLINT(google-build-using-namespace): this is its codec

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

std::string_view NameOf(const Slot& slot) { return std::string_view(slot.name).substr(0, kSlotNameMax); }

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

// These hand each thing of a part to `take`; false when the part is not whole.

template <typename Take>
bool EachSlot(Unpacker in, Take take) {
  while (in.More()) {
    Slot slot{.lane = in.LaneOf(), .index = 0, .id = in.Get<6>()};
    slot.index = in.Small();
    slot.since = in.Time();
    slot.seen = in.Time();
    take(slot, in.Text(in.Get<1>()));
  }
  return in.ok();
}

template <typename Begin, typename Take>
bool EachEntry(Unpacker in, Begin begin, Take take) {
  while (in.More()) {
    const SeriesId id = SeriesId::FromPacked(static_cast<uint32_t>(in.Get<4>()));
    const size_t entries = in.Get<2>();
    const bool distinct = id.distinct();
    if (entries * EntryBytes(id) > in.left()) return false;
    begin(id, entries);
    for (size_t i = 0; i < entries; ++i) {
      Entry entry{.at = in.Time(), .count = static_cast<int64_t>(in.Get<3>()), .member = 0};
      if (distinct) entry.member = in.Get<6>();
      if (entry.count < 1) return false;
      take(entry);
    }
  }
  return in.ok();
}

template <typename Take>
bool EachReservation(Unpacker in, Take take) {
  while (in.More()) {
    Reservation r{
        .id = in.Get<6>(), .at = in.Time(), .lane = in.LaneOf(), .sub = in.Small(), .tag = std::nullopt};
    const uint64_t tag = in.Get<3>();
    if (tag > 0 && tag <= 0x10000) r.tag = static_cast<uint16_t>(tag - 1);
    take(r);
  }
  return in.ok();
}

template <typename Take>
bool EachWrongTag(Unpacker in, Take take) {
  while (in.More())
    take(WrongTag{.lane = in.LaneOf(), .sub = in.Small(), .tag = in.Small(), .at = in.Time()});
  return in.ok();
}

template <typename Take>
bool EachSpent(Unpacker in, Take take) {
  while (in.More()) take(SpentId{.id = in.Get<6>(), .until = in.Time()});
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
    if (!series.entries.empty())
      series_bytes += kSeriesBytes + EntriesOf(series).size() * EntryBytes(series.id);
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
  const std::optional<Parts> parts = CutUp(bytes);
  if (!parts) return absl::DataLossError("bytes that are not a record");
  Record record;
  record.epoch = parts->epoch;
  record.slots.reserve(parts->slots.size() / kSlotBytes);
  record.reservations.reserve(parts->reservations.size() / kReservationBytes + 1);
  const auto slot = [&](Slot& read, std::string_view name) {
    read.name = std::string(name);
    record.slots.push_back(std::move(read));
  };
  const auto begin = [&](SeriesId id, size_t entries) {
    Series& series = record.series.emplace_back();
    series.id = id;
    series.entries.reserve(entries);
  };
  const auto entry = [&](const Entry& read) { record.series.back().entries.push_back(read); };
  const bool whole =
      EachSlot(Unpacker(parts->slots), slot) && EachEntry(Unpacker(parts->series), begin, entry) &&
      EachReservation(Unpacker(parts->reservations),
                      [&](const Reservation& read) { record.reservations.push_back(read); }) &&
      EachWrongTag(Unpacker(parts->wrong_tags),
                   [&](const WrongTag& read) { record.wrong_tags.push_back(read); }) &&
      EachSpent(Unpacker(parts->spent), [&](const SpentId& read) { record.spent.push_back(read); });
  if (!whole) return absl::DataLossError("bytes that are not a record");
  return record;
}

int64_t FlatEpochOf(std::string_view bytes) {
  Unpacker in(bytes.substr(1));
  return static_cast<int64_t>(in.Get<6>());
}

bool IsWholeFlatRecord(std::string_view bytes) {
  if (bytes.empty()) return true;
  if (static_cast<uint8_t>(bytes.front()) != kVersion) return false;
  const std::optional<Parts> parts = CutUp(bytes);
  const auto nothing = [](const auto&...) {};
  return parts && EachSlot(Unpacker(parts->slots), nothing) &&
         EachEntry(Unpacker(parts->series), nothing, nothing) &&
         EachReservation(Unpacker(parts->reservations), nothing) &&
         EachWrongTag(Unpacker(parts->wrong_tags), nothing) && EachSpent(Unpacker(parts->spent), nothing);
}

}  // namespace latchkey
