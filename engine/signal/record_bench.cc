#include "engine/signal/record_bench.h"

#include <memory>
#include <optional>

#include "engine/signal/record_codec.h"

namespace latchkey {
namespace {

std::string_view Between(const char* begin, const char* end) {
  return {begin, static_cast<size_t>(end - begin)};
}

}  // namespace

RecordBenches& RecordBenches::OfThread() {
  // On the heap: what is thread-local by itself lies on every thread's stack, and libraries give some of
  // theirs no more than 100 KB.
  thread_local const std::unique_ptr<RecordBenches> own = std::make_unique<RecordBenches>();
  return *own;
}

bool RecordBench::Remake(Touched& touched, int64_t weight, uint64_t member, const Retention& retention,
                         TimePoint now) {
  Series series{.id = touched.id, .entries = Entries(touched.left().begin(), touched.left().end())};
  Forget(series, retention, now);
  latchkey::Charge(series, now, weight, member, retention);
  Entry* entries = Room(series.entries.size() + 1);
  if (entries == nullptr) return false;
  std::copy(series.entries.begin(), series.entries.end(), entries);
  touched.entries = entries;
  touched.dropped = 0;
  touched.count = series.entries.size();
  touched.weight = 0;
  for (const Entry& entry : touched.left()) touched.weight += touched.id.distinct() ? 1 : entry.count;
  touched.state = Touched::State::kRemade;
  return true;
}

void RecordBench::Take(Touched& touched, TimePoint at, int64_t count, uint64_t member, size_t members_max) {
  const bool distinct = touched.id.distinct();
  const std::optional<size_t> found =
      FindCharge(touched.left(), distinct, at, count, member, members_max, Duration::zero());
  if (!found) return;
  taken_ = true;
  Entry* const entry = touched.entries + touched.dropped + *found;
  touched.taken_at = *found;
  touched.taken_whole = entry->count <= count;
  if (touched.taken_whole) {
    touched.weight -= distinct ? 1 : entry->count;
    std::copy(entry + 1, touched.entries + touched.dropped + touched.count, entry);
    --touched.count;
  } else {
    touched.weight -= distinct ? 0 : count;
    entry->count -= count;
  }
  touched.state =
      touched.state == Touched::State::kAsItWas ? Touched::State::kTaken : Touched::State::kRemade;
}

void RecordBench::Clear(Touched& touched) {
  if (touched.count == 0) return;
  taken_ = true;
  touched.count = 0;
  touched.weight = 0;
  touched.state = Touched::State::kRemade;
}

std::vector<Slot>& RecordBench::Slots() {
  if (!slots_read_) layout_.ReadSlots(slots_);
  slots_read_ = true;
  return slots_;
}

std::vector<WrongTag>& RecordBench::WrongTags() {
  if (!tags_read_) layout_.ReadWrongTags(tags_);
  tags_read_ = true;
  return tags_;
}

void RecordBench::Write(TimePoint now, const Reservation* added, MsgpackWriter& out) const {
  const Left series = SeriesLeft();
  const int64_t base = BaseFor(series, now);
  const bool has_tags = tags_read_ ? !tags_.empty() : layout_.has_wrong_tags();
  const bool has_more = series.all > 0 || live_count_ > 0 || added != nullptr || has_tags || proven();
  if (!has_more && !layout_.AnySpent(now)) return;
  out.Array(8);
  out.Int(kRecordVersion);
  out.Int(base);
  out.Int(layout_.epoch());
  if (slots_changed_) {
    WriteSlots(base, out);
  } else {
    out.Packed(layout_.slots());
  }
  WriteAllSeries(series.all, base, out);
  WriteTail(now, added, base, out);
}

RecordBench::Left RecordBench::SeriesLeft() const {
  if (!taken_) return {.all = layout_.series_count() + made_count_, .old = layout_.series_count()};
  Left left{.all = layout_.series_count(), .old = layout_.series_count()};
  for (size_t i = 0; i < touched_count_; ++i) {
    const Touched& touched = touched_[i];
    if (touched.state == Touched::State::kAsItWas) continue;
    if (touched.place < 0) {
      left.all += touched.count > 0 ? 1 : 0;
    } else if (touched.count == 0) {
      --left.all;
      --left.old;
    }
  }
  return left;
}

int64_t RecordBench::BaseFor(const Left& series, TimePoint now) const {
  const bool copies = series.old > 0 || live_count_ > 0 ||
                      (tags_read_ ? !tags_.empty() : layout_.has_wrong_tags()) || layout_.AnySpent(now) ||
                      (layout_.has_slots() && !slots_changed_);
  if (copies) return layout_.base();
  // All of it is written anew: its times may count from the earliest.
  TimePoint earliest = now;
  if (slots_changed_) {
    for (const Slot& slot : slots_) earliest = std::min({earliest, slot.since, slot.seen});
  }
  return earliest.time_since_epoch().count();
}

void RecordBench::WriteSlots(int64_t base, MsgpackWriter& out) const {
  out.Array(slots_.size() * 6);
  for (const Slot& slot : slots_) WriteSlot(slot, base, out);
}

void RecordBench::WriteAllSeries(size_t count, int64_t base, MsgpackWriter& out) const {
  out.Array(count);
  const char* from = nullptr;  // where what is copied as it is begins
  for (size_t i = 0; i < layout_.series_count(); ++i) {
    const RecordLayout::SeriesAt& at = layout_.series(i);
    const Touched* changed = ChangedAt(i);
    if (changed == nullptr) {
      if (from == nullptr) from = at.begin;
      continue;
    }
    if (from != nullptr) out.Packed(Between(from, at.begin));
    from = nullptr;
    if (changed->count > 0) WriteOne(*changed, &at, base, out);
  }
  if (from != nullptr) out.Packed(Between(from, layout_.series(layout_.series_count() - 1).end));
  for (size_t i = 0; i < made_count_; ++i) {
    if (made_[i]->count > 0) WriteOne(*made_[i], nullptr, base, out);
  }
}

void RecordBench::WriteOne(const Touched& touched, const RecordLayout::SeriesAt* was, int64_t base,
                           MsgpackWriter& out) const {
  const bool distinct = touched.id.distinct();
  const std::span<const Entry> left = touched.left();
  out.Array(1 + left.size() * (distinct ? 3 : 2));
  out.Int(touched.id.packed());
  size_t from = 0;
  if (was != nullptr && touched.state == Touched::State::kAppended) {
    MsgpackReader old(Between(was->entries, was->end));
    old.SkipEntries(touched.dropped, distinct);
    out.Packed(Between(old.at(), was->end));
    from = left.size() - 1;
  } else if (was != nullptr && touched.state == Touched::State::kTaken) {
    MsgpackReader old(Between(was->entries, was->end));
    old.SkipEntries(touched.taken_at, distinct);
    out.Packed(Between(was->entries, old.at()));
    if (!touched.taken_whole) WriteEntry(left[touched.taken_at], distinct, base, out);
    old.SkipEntries(1, distinct);
    out.Packed(Between(old.at(), was->end));
    return;
  }
  for (const Entry& entry : left.subspan(from)) WriteEntry(entry, distinct, base, out);
}

void RecordBench::WriteTail(TimePoint now, const Reservation* added, int64_t base, MsgpackWriter& out) const {
  if (added == nullptr && !tail_changed_ && !tags_read_) return out.Packed(layout_.tail());
  out.Array(5 * (live_count_ + (added != nullptr ? 1 : 0)));
  // Those that are left mostly lie behind one another.
  for (size_t i = 0; i < live_count_;) {
    const char* begin = live_[i].data();
    const char* end = begin;
    for (; i < live_count_ && live_[i].data() == end; ++i) end += live_[i].size();
    out.Packed(Between(begin, end));
  }
  if (added != nullptr) WriteReservation(*added, base, out);
  if (tags_read_) {
    out.Array(tags_.size() * 4);
    for (const WrongTag& tag : tags_) WriteWrongTag(tag, base, out);
  } else {
    out.Packed(layout_.wrong_tags());
  }
  size_t spent = 0;
  layout_.EachSpent([&](uint64_t, TimePoint until, std::string_view) { spent += until > now ? 1 : 0; });
  out.Array(2 * spent);
  layout_.EachSpent([&](uint64_t, TimePoint until, std::string_view packed) {
    if (until > now) out.Packed(packed);
  });
}

}  // namespace latchkey
