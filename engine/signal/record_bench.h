// One packed record under work: what does not change is never unpacked.
//
// Nearly everything that comes of an attempt changes a few series, the reservations and perhaps a slot. Those
// series alone are unpacked, and changed by the functions that change unpacked ones (series.h); all else is
// copied as it is. A record's base stays what it was while anything of it is copied, so the bytes may differ
// from what EncodeRecord would make of the same record, which is equal in all else.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/signal/msgpack.h"
#include "engine/signal/record.h"
#include "engine/signal/record_layout.h"
#include "engine/signal/series.h"

namespace latchkey {

// A record before and after a change.
struct PackedChange {
  std::string_view before;
  bool changed = false;
  bool proven = false;  // it has slots or an epoch, after the change
  MsgpackWriter after;  // when changed

  // As it is now; valid for as long as this and `before` are.
  [[nodiscard]] std::string_view Now() const { return changed ? after.View() : before; }
};

// Kept by each thread, since its memory is used again. Whatever answers false or null says that this is one
// of the rare cases that only unpacked records can do; then nothing that was done here counts.
class RecordBench {
 public:
  // A series that the attempt concerns, unpacked.
  struct Touched {
    enum class State : uint8_t {
      kAsItWas,
      kAppended,  // the oldest ones dropped, and one added behind the others
      kTaken,     // something was taken from one of them
      kRemade
    };

    SeriesId id;
    int place = -1;  // in the layout; -1: it is new
    State state = State::kAsItWas;
    bool taken_whole = false;  // nothing is left of the one that was taken from
    Entry* entries = nullptr;  // behind them is room for one more
    size_t dropped = 0;        // of the oldest ones
    size_t count = 0;          // of those that are left
    size_t taken_at = 0;       // which one was taken from
    int64_t weight = 0;        // charges or members in these, whatever their age

    [[nodiscard]] std::span<const Entry> left() const { return {entries + dropped, count}; }
  };
  [[nodiscard]] bool Begin(const PackedChange& record, TimePoint now) {
    entries_used_ = 0;
    touched_count_ = 0;
    made_count_ = 0;
    live_count_ = 0;
    taken_ = false;
    tail_changed_ = false;
    slots_read_ = false;
    slots_changed_ = false;
    tags_read_ = false;
    return layout_.Read(record.before, now);
  }
  [[nodiscard]] const RecordLayout& layout() const { return layout_; }

  [[nodiscard]] Touched* Touch(SeriesId id) {
    for (size_t i = 0; i < touched_count_; ++i) {
      if (touched_[i].id == id) return &touched_[i];
    }
    const int place = layout_.FindSeries(id);
    const size_t count = place < 0 ? 0 : layout_.EntriesOf(static_cast<size_t>(place));
    Entry* entries = Room(count + 1);
    if (entries == nullptr || touched_count_ == touched_.size()) return nullptr;
    Touched& touched = touched_[touched_count_++];
    touched = {.id = id, .place = place, .entries = entries, .count = count};
    if (place >= 0) touched.weight = layout_.ReadEntries(static_cast<size_t>(place), entries);
    return &touched;
  }

  // As Forget and Charge (series.h) do. `What` says the weight, the member and the retention: a CounterAsk or
  // a CounterEffect.
  template <typename What>
  [[nodiscard]] bool Charge(Touched& touched, const What& what, TimePoint now) {
    if (what.weight <= 0) return false;
    if (touched.state == Touched::State::kAsItWas && touched.place < 0) {
      made_[made_count_++] = &touched;
      if (layout_.series_count() + made_count_ >= kSeriesMax) return false;
    }
    return Append(touched, what, now) ||
           Remake(touched, what.weight, what.member, {what.windows, what.horizon, what.members_max}, now);
  }
  // As GiveBack (series.h) does.
  void Take(Touched& touched, TimePoint at, int64_t count, uint64_t member, size_t members_max);
  void Clear(Touched& touched);

  // Goes through the reservations that are not over, and through the spent ids. Those reservations are left
  // of which `keep` says so.
  template <typename Keep>
  void ReadTail(TimePoint now, Duration token_life, Keep keep) {
    layout_.EachReservation([&](const Reservation& r, std::string_view packed) {
      if (r.at + token_life > now && keep(r)) {
        live_[live_count_++] = packed;
      } else {
        tail_changed_ = true;
      }
    });
    layout_.EachSpent([&](uint64_t, TimePoint until, std::string_view) {
      if (until <= now) tail_changed_ = true;
    });
  }
  [[nodiscard]] size_t live() const { return live_count_; }

  // To be changed. They are written anew then.
  [[nodiscard]] std::vector<Slot>& Slots();
  void SlotsChanged() { slots_changed_ = true; }
  [[nodiscard]] std::vector<WrongTag>& WrongTags();

  [[nodiscard]] bool changed() const {
    return tail_changed_ || slots_changed_ || tags_read_ ||
           std::any_of(touched_.begin(), touched_.begin() + static_cast<std::ptrdiff_t>(touched_count_),
                       [](const Touched& t) { return t.state != Touched::State::kAsItWas; });
  }
  [[nodiscard]] bool proven() const {
    return layout_.epoch() > 0 || (slots_read_ ? !slots_.empty() : layout_.has_slots());
  }

  // Writes the record, with one more reservation unless that is null: nothing at all when there is nothing in
  // it. Requires: its tail was read.
  void Write(TimePoint now, const Reservation* added, MsgpackWriter& out) const;

 private:
  static constexpr size_t kEntriesRoom = 2048;
  // Series of one attempt that are looked at here.
  static constexpr size_t kTouchedMax = 48;

  Entry* Room(size_t entries) {
    if (entries_used_ + entries > entries_.size()) return nullptr;
    return &entries_[std::exchange(entries_used_, entries_used_ + entries)];
  }
  // The plain case: false when this is none.
  template <typename What>
  static bool Append(Touched& touched, const What& what, TimePoint now) {
    const std::span<const Entry> entries = touched.left();
    if (touched.state != Touched::State::kAsItWas || (!entries.empty() && entries.back().at > now))
      return false;
    size_t drop = 0;
    const TimePoint oldest = now - what.horizon;
    if (!touched.id.ever()) {
      while (drop < entries.size() && entries[drop].at <= oldest) ++drop;
    } else if (what.horizon > Duration::zero() && !entries.empty() && entries.back().at <= oldest) {
      drop = entries.size();
    }
    const std::span<const Entry> left = entries.subspan(drop);
    const bool distinct = touched.id.distinct();
    if (!distinct && left.size() >= kExactEntries) return false;
    if (distinct && !left.empty() && left.size() >= what.members_max) return false;
    if (distinct && std::any_of(left.begin(), left.end(),
                                [&](const Entry& entry) { return entry.member == what.member; }))
      return false;
    for (const Entry& entry : entries.first(drop)) touched.weight -= distinct ? 1 : entry.count;
    touched.weight += distinct ? 1 : what.weight;
    touched.dropped = drop;
    touched.count = left.size() + 1;
    touched.entries[drop + left.size()] = {
        .at = now, .count = what.weight, .member = distinct ? what.member : 0};
    touched.state = Touched::State::kAppended;
    return true;
  }
  bool Remake(Touched& touched, int64_t weight, uint64_t member, const Retention& retention, TimePoint now);

  [[nodiscard]] const Touched* ChangedAt(size_t place) const {
    for (size_t i = 0; i < touched_count_; ++i) {
      if (touched_[i].place == static_cast<int>(place) && touched_[i].state != Touched::State::kAsItWas)
        return &touched_[i];
    }
    return nullptr;
  }
  // Series that are written, and of these, those with anything that was there before.
  struct Left {
    size_t all = 0;
    size_t old = 0;
  };
  [[nodiscard]] Left SeriesLeft() const;
  // What the times of the record count from.
  [[nodiscard]] int64_t BaseFor(const Left& series, TimePoint now) const;
  void WriteSlots(int64_t base, MsgpackWriter& out) const;
  void WriteAllSeries(size_t count, int64_t base, MsgpackWriter& out) const;
  void WriteOne(const Touched& touched, const RecordLayout::SeriesAt* was, int64_t base,
                MsgpackWriter& out) const;
  void WriteTail(TimePoint now, const Reservation* added, int64_t base, MsgpackWriter& out) const;

  RecordLayout layout_;
  std::array<Entry, kEntriesRoom> entries_;
  size_t entries_used_ = 0;
  std::array<Touched, kTouchedMax> touched_;
  size_t touched_count_ = 0;
  std::array<const Touched*, kTouchedMax> made_{};  // the new ones, in their order
  size_t made_count_ = 0;
  std::array<std::string_view, kReservationsMax> live_;
  size_t live_count_ = 0;
  bool taken_ = false;  // something was taken from series, so that some may be empty
  bool tail_changed_ = false;
  bool slots_read_ = false;
  bool slots_changed_ = false;
  std::vector<Slot> slots_;  // once they are read
  bool tags_read_ = false;
  std::vector<WrongTag> tags_;  // once they are read
};

// The calling thread's.
struct RecordBenches {
  RecordBench account;
  RecordBench network;
  [[nodiscard]] static RecordBenches& OfThread();
};

}  // namespace latchkey
