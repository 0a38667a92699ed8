#include "engine/signal/record_codec.h"

#include <algorithm>

#include "engine/signal/flat_record_codec.h"
#include "engine/signal/msgpack.h"

namespace latchkey {
namespace {

// No time, count or identifier is larger, so that sums of them stay exact, in Lua's numbers too.
constexpr int64_t kNumberMax = (int64_t{1} << 48) - 1;
// Series that a charge may add to a record that was read for it.
constexpr size_t kSpare = 4;

int64_t Millis(TimePoint at) { return at.time_since_epoch().count(); }

// The earliest time in the record, so that no offset is negative and most are small.
int64_t BaseOf(const Record& record) {
  int64_t base = INT64_MAX;
  for (const Slot& slot : record.slots) base = std::min({base, Millis(slot.since), Millis(slot.seen)});
  for (const Series& series : record.series) {
    for (const Entry& entry : series.entries) base = std::min(base, Millis(entry.at));
  }
  for (const Reservation& r : record.reservations) base = std::min(base, Millis(r.at));
  for (const WrongTag& t : record.wrong_tags) base = std::min(base, Millis(t.at));
  for (const SpentId& s : record.spent) base = std::min(base, Millis(s.until));
  return base == INT64_MAX ? 0 : base;
}

class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : in_(bytes) {}

  absl::StatusOr<Record> Run() {
    const size_t fields = in_.Array();
    const int64_t version = in_.Int();
    if (in_.ok() && version != kRecordVersion)
      return absl::UnimplementedError("record of an unknown version");
    base_ = Number(0);
    Record record;
    record.epoch = Number(0);
    for (size_t n = Count(6); n > 0; --n) {
      Slot slot{.lane = ReadLane(), .index = Small(), .id = Id()};
      slot.since = Time();
      slot.seen = Time();
      slot.name = std::string(in_.Bytes());
      record.slots.push_back(std::move(slot));
    }
    const size_t series = in_.Array();
    record.series.reserve(std::min(series + kSpare, kSeriesMax));
    for (size_t n = series; n > 0 && in_.ok(); --n) record.series.push_back(ReadSeries());
    const size_t reservations = Count(5);
    if (reservations > 0) record.reservations.reserve(std::min(reservations + 1, kReservationsMax));
    for (size_t n = reservations; n > 0; --n) {
      Reservation r{.id = Id(), .at = Time(), .lane = ReadLane(), .sub = Small(), .tag = std::nullopt};
      const int64_t tag = in_.Int();
      if (tag > 0 && tag <= 0x10000) r.tag = static_cast<uint16_t>(tag - 1);
      record.reservations.push_back(r);
    }
    for (size_t n = Count(4); n > 0; --n) {
      record.wrong_tags.push_back({.lane = ReadLane(), .sub = Small(), .tag = Small(), .at = Time()});
    }
    for (size_t n = Count(2); n > 0; --n) record.spent.push_back({.id = Id(), .until = Time()});
    if (!in_.ok() || bad_ || fields != 8 || !in_.AtEnd())
      return absl::DataLossError("bytes that are not a record");
    return record;
  }

 private:
  // The number of groups in a flat array of groups of `width`.
  size_t Count(size_t width) {
    const size_t size = in_.Array();
    if (size % width != 0) bad_ = true;
    return bad_ || !in_.ok() ? 0 : size / width;
  }
  Series ReadSeries() {
    const size_t size = in_.Array();
    const int64_t id = Number(0);
    if (id > UINT32_MAX) bad_ = true;
    Series series{.id = SeriesId::FromPacked(static_cast<uint32_t>(id)), .entries = {}};
    const size_t width = series.id.distinct() ? 3 : 2;
    if (size == 0 || (size - 1) % width != 0) bad_ = true;
    if (bad_ || !in_.ok()) return series;
    series.entries.reserve((size - 1) / width);
    for (size_t i = 0; i < (size - 1) / width && in_.ok(); ++i) {
      Entry entry{.at = Time(), .count = Number(1), .member = 0};
      if (series.id.distinct()) entry.member = Id();
      series.entries.push_back(entry);
    }
    return series;
  }
  int64_t Number(int64_t min) {
    const int64_t value = in_.Int();
    if (value < min || value > kNumberMax) bad_ = true;
    return bad_ ? min : value;
  }
  TimePoint Time() {
    const int64_t sum = base_ + Number(0);
    if (sum > kNumberMax) bad_ = true;
    return TimePoint(Duration(bad_ ? 0 : sum));
  }
  uint64_t Id() { return static_cast<uint64_t>(Number(0)); }
  uint16_t Small() {
    const int64_t value = in_.Int();
    if (value < 0 || value > 0xFFFF) bad_ = true;
    return static_cast<uint16_t>(value);
  }
  Lane ReadLane() {
    const int64_t value = in_.Int();
    if (value < 0 || value >= kLaneCount) bad_ = true;
    return bad_ ? Lane::kStranger : static_cast<Lane>(value);
  }

  MsgpackReader in_;
  int64_t base_ = 0;
  bool bad_ = false;
};

}  // namespace

namespace {

void Write(const Record& record, MsgpackWriter& out) {
  if (record.empty()) return;
  const int64_t base = BaseOf(record);
  out.Array(8);
  out.Int(kRecordVersion);
  out.Int(base);
  out.Int(record.epoch);
  out.Array(record.slots.size() * 6);
  for (const Slot& slot : record.slots) WriteSlot(slot, base, out);
  out.Array(record.series.size());
  for (const Series& series : record.series) WriteSeries(series, base, out);
  out.Array(record.reservations.size() * 5);
  for (const Reservation& r : record.reservations) WriteReservation(r, base, out);
  out.Array(record.wrong_tags.size() * 4);
  for (const WrongTag& t : record.wrong_tags) WriteWrongTag(t, base, out);
  out.Array(record.spent.size() * 2);
  for (const SpentId& s : record.spent) {
    out.Int(static_cast<int64_t>(s.id));
    out.Int(Millis(s.until) - base);
  }
}

}  // namespace

void WriteEntry(const Entry& entry, bool distinct, int64_t base, MsgpackWriter& out) {
  out.Int(Millis(entry.at) - base);
  out.Int(entry.count);
  if (distinct) out.Int(static_cast<int64_t>(entry.member));
}

void WriteSeries(const Series& series, int64_t base, MsgpackWriter& out) {
  const bool distinct = series.id.distinct();
  out.Array(1 + series.entries.size() * (distinct ? 3 : 2));
  out.Int(series.id.packed());
  for (const Entry& entry : series.entries) WriteEntry(entry, distinct, base, out);
}

void WriteReservation(const Reservation& r, int64_t base, MsgpackWriter& out) {
  out.Int(static_cast<int64_t>(r.id));
  out.Int(Millis(r.at) - base);
  out.Int(static_cast<int64_t>(r.lane));
  out.Int(r.sub);
  out.Int(r.tag ? *r.tag + 1 : 0);
}

void WriteSlot(const Slot& slot, int64_t base, MsgpackWriter& out) {
  out.Int(static_cast<int64_t>(slot.lane));
  out.Int(slot.index);
  out.Int(static_cast<int64_t>(slot.id));
  out.Int(Millis(slot.since) - base);
  out.Int(Millis(slot.seen) - base);
  out.Bytes(slot.name);
}

void WriteWrongTag(const WrongTag& tag, int64_t base, MsgpackWriter& out) {
  out.Int(static_cast<int64_t>(tag.lane));
  out.Int(tag.sub);
  out.Int(tag.tag);
  out.Int(Millis(tag.at) - base);
}

std::string EncodeRecord(const Record& record) {
  MsgpackWriter out;
  Write(record, out);
  return out.Take();
}

void AppendRecord(const Record& record, std::string& bytes) {
  MsgpackWriter out;
  Write(record, out);
  bytes.append(out.View());
}

absl::StatusOr<Record> DecodeRecord(std::string_view bytes) {
  if (bytes.empty()) return Record{};
  if (IsFlatRecord(bytes)) return DecodeFlatRecord(bytes);
  return Decoder(bytes).Run();
}

int64_t EpochOf(std::string_view bytes) {
  if (bytes.empty()) return 0;
  if (IsFlatRecord(bytes)) return FlatEpochOf(bytes);
  MsgpackReader in(bytes);
  in.Array();
  in.SkipInts(2);
  return in.Int();
}

}  // namespace latchkey
