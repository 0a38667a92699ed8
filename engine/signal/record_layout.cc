#include "engine/signal/record_layout.h"

#include "engine/signal/record_codec.h"

namespace latchkey {
namespace {

// Beyond this many milliseconds after the base a time takes nine bytes in place of five.
constexpr int64_t kCompactMs = int64_t{1} << 32;
// What would be written of a record that holds nothing.
constexpr std::string_view kEmptyRecord("\x98\x01\x00\x00\x90\x90\x90\x90\x90", 9);

}  // namespace

bool RecordLayout::Read(std::string_view bytes, TimePoint now) {
  MsgpackReader in(bytes.empty() ? kEmptyRecord : bytes);
  if (in.Array() != 8 || in.Int() != kRecordVersion) return false;
  base_ = in.Int();
  if (bytes.empty()) base_ = now.time_since_epoch().count();
  epoch_ = in.Int();
  slots_begin_ = in.at();
  slots_ = in.Array() / 6;
  bool base_in_use = false;
  for (size_t i = 0; i < slots_; ++i) {
    in.SkipInts(3);
    base_in_use |= in.Int() == 0;
    base_in_use |= in.Int() == 0;
    in.Bytes();
  }
  slots_end_ = in.at();
  series_count_ = in.Array();
  if (series_count_ >= kSeriesMax) return false;
  for (size_t i = 0; i < series_count_ && in.ok(); ++i) {
    SeriesAt& series = series_[i];
    series.begin = in.at();
    const size_t numbers = in.Array();
    series.id = SeriesId::FromPacked(static_cast<uint32_t>(in.Int()));
    series.entries = in.at();
    if (numbers < 2) return false;
    series.numbers = static_cast<uint32_t>(numbers - 1);
    const bool distinct = series.id.distinct();
    if (series.numbers % (distinct ? 3 : 2) != 0) return false;
    in.SkipEntries(series.numbers / (distinct ? 3 : 2), distinct);
    series.end = in.at();
  }
  tail_begin_ = in.at();
  reservations_ = in.Array() / 5;
  reservations_begin_ = in.at();
  in.SkipInts(reservations_ * 5);
  tags_begin_ = in.at();
  const size_t tag_numbers = in.Array();
  tags_ = tag_numbers / 4;
  in.SkipInts(tag_numbers);
  spent_begin_ = in.at();
  spent_ = in.Array() / 2;
  in.SkipInts(spent_ * 2);
  end_ = in.at();
  const int64_t age = now.time_since_epoch().count() - base_;
  return in.ok() && in.AtEnd() && age >= 0 && (age < kCompactMs || base_in_use) &&
         reservations_ <= kReservationsMax;
}

void RecordLayout::ReadSlots(std::vector<Slot>& slots) const {
  slots.clear();
  if (slots_ == 0) return;
  MsgpackReader in(Between(slots_begin_, slots_end_));
  in.Array();
  for (size_t i = 0; i < slots_; ++i) {
    Slot& slot = slots.emplace_back();
    slot.lane = static_cast<Lane>(in.Int());
    slot.index = static_cast<uint16_t>(in.Int());
    slot.id = static_cast<uint64_t>(in.Int());
    slot.since = TimeOf(in.Int());
    slot.seen = TimeOf(in.Int());
    slot.name = in.Bytes();
  }
}

void RecordLayout::ReadWrongTags(std::vector<WrongTag>& tags) const {
  tags.clear();
  if (tags_ == 0) return;
  MsgpackReader in(wrong_tags());
  in.Array();
  for (size_t i = 0; i < tags_; ++i) {
    WrongTag& tag = tags.emplace_back();
    tag.lane = static_cast<Lane>(in.Int());
    tag.sub = static_cast<uint16_t>(in.Int());
    tag.tag = static_cast<uint16_t>(in.Int());
    tag.at = TimeOf(in.Int());
  }
}

}  // namespace latchkey
