// Where the parts of a packed record (record_codec.h) lie, so that what does not change need not be unpacked.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/signal/msgpack.h"
#include "engine/signal/record.h"

namespace latchkey {

// Points into the bytes that were read. Thread-compatible.
class RecordLayout {
 public:
  struct SeriesAt {
    SeriesId id;
    uint32_t numbers = 0;  // of its entries, all together
    const char* begin = nullptr;
    const char* entries = nullptr;
    const char* end = nullptr;
  };
  struct SlotAt {
    uint16_t index = 0;
    TimePoint since;
    TimePoint seen;
  };

  // False for what is not as EncodeRecord makes it, or is later than `now`, or so full that a charge may have
  // to make room first; nothing else may be asked then. An empty text is an empty record.
  bool Read(std::string_view bytes, TimePoint now);

  [[nodiscard]] int64_t base() const { return base_; }
  [[nodiscard]] int64_t epoch() const { return epoch_; }
  [[nodiscard]] bool has_slots() const { return slots_ > 0; }
  [[nodiscard]] bool has_wrong_tags() const { return tags_ > 0; }
  [[nodiscard]] size_t series_count() const { return series_count_; }
  [[nodiscard]] const SeriesAt& series(size_t i) const { return series_[i]; }
  [[nodiscard]] TimePoint TimeOf(int64_t offset) const { return TimePoint(Duration(base_ + offset)); }

  [[nodiscard]] int FindSeries(SeriesId id) const {
    for (size_t i = 0; i < series_count_; ++i) {
      if (series_[i].id == id) return static_cast<int>(i);
    }
    return -1;
  }
  [[nodiscard]] std::optional<SlotAt> FindSlot(Lane lane, uint64_t id) const {
    if (slots_ == 0) return std::nullopt;
    MsgpackReader in(Between(slots_begin_, slots_end_));
    in.Array();
    for (size_t i = 0; i < slots_; ++i) {
      const int64_t of_lane = in.Int();
      SlotAt slot{.index = static_cast<uint16_t>(in.Int()), .since = {}, .seen = {}};
      const int64_t of_id = in.Int();
      slot.since = TimeOf(in.Int());
      slot.seen = TimeOf(in.Int());
      in.Bytes();
      if (of_lane == static_cast<int64_t>(lane) && of_id == static_cast<int64_t>(id)) return slot;
    }
    return std::nullopt;
  }
  void ReadSlots(std::vector<Slot>& slots) const;
  void ReadWrongTags(std::vector<WrongTag>& tags) const;
  // Calls visit(id, until, bytes) for every spent id.
  template <typename Visit>
  void EachSpent(Visit visit) const {
    if (spent_ == 0) return;
    MsgpackReader in(Between(spent_begin_, end_));
    in.Array();
    for (size_t i = 0; i < spent_; ++i) {
      const char* begin = in.at();
      const int64_t id = in.Int();
      const TimePoint until = TimeOf(in.Int());
      visit(static_cast<uint64_t>(id), until, Between(begin, in.at()));
    }
  }
  [[nodiscard]] bool IsSpent(uint64_t id, TimePoint now) const {
    bool is = false;
    EachSpent(
        [&](uint64_t spent, TimePoint until, std::string_view) { is = is || (spent == id && until > now); });
    return is;
  }
  [[nodiscard]] bool AnySpent(TimePoint now) const {
    bool any = false;
    EachSpent([&](uint64_t, TimePoint until, std::string_view) { any = any || until > now; });
    return any;
  }
  // Calls visit(reservation, bytes) for every reservation.
  template <typename Visit>
  void EachReservation(Visit visit) const {
    if (reservations_ == 0) return;
    MsgpackReader in(Between(reservations_begin_, tags_begin_));
    for (size_t i = 0; i < reservations_; ++i) {
      const char* begin = in.at();
      Reservation r;
      r.id = static_cast<uint64_t>(in.Int());
      r.at = TimeOf(in.Int());
      r.lane = static_cast<Lane>(in.Int());
      r.sub = static_cast<uint16_t>(in.Int());
      if (const int64_t tag = in.Int(); tag > 0) r.tag = static_cast<uint16_t>(tag - 1);
      visit(r, Between(begin, in.at()));
    }
  }
  [[nodiscard]] size_t EntriesOf(size_t i) const {
    return series_[i].numbers / (series_[i].id.distinct() ? 3 : 2);
  }
  // Writes EntriesOf(i) of them from `entries` on, and answers how many charges or members they are.
  int64_t ReadEntries(size_t i, Entry* entries) const {
    const SeriesAt& series = series_[i];
    const size_t count = EntriesOf(i);
    MsgpackReader in(Between(series.entries, series.end));
    if (series.id.distinct()) {
      for (Entry* entry = entries; entry != entries + count; ++entry) {
        entry->at = TimeOf(in.Int());
        entry->count = in.Int();
        entry->member = static_cast<uint64_t>(in.Int());
      }
      return static_cast<int64_t>(count);
    }
    int64_t weight = 0;
    for (Entry* entry = entries; entry != entries + count; ++entry) {
      entry->at = TimeOf(in.Int());
      entry->count = in.Int();
      entry->member = 0;
      weight += entry->count;
    }
    return weight;
  }
  [[nodiscard]] std::string_view slots() const { return Between(slots_begin_, slots_end_); }
  [[nodiscard]] std::string_view wrong_tags() const { return Between(tags_begin_, spent_begin_); }
  // All that comes behind the series.
  [[nodiscard]] std::string_view tail() const { return Between(tail_begin_, end_); }

 private:
  static std::string_view Between(const char* begin, const char* end) {
    return {begin, static_cast<size_t>(end - begin)};
  }

  int64_t base_ = 0;
  int64_t epoch_ = 0;
  size_t slots_ = 0;
  size_t series_count_ = 0;
  size_t reservations_ = 0;
  size_t tags_ = 0;
  size_t spent_ = 0;
  const char* slots_begin_ = nullptr;
  const char* slots_end_ = nullptr;
  const char* tail_begin_ = nullptr;
  const char* reservations_begin_ = nullptr;
  const char* tags_begin_ = nullptr;
  const char* spent_begin_ = nullptr;
  const char* end_ = nullptr;
  std::array<SeriesAt, kSeriesMax> series_;
};

}  // namespace latchkey
