#include "engine/signal/packed_charge.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "engine/signal/record_codec.h"
#include "engine/signal/record_layout.h"
#include "engine/signal/series.h"

namespace latchkey {
namespace {

// Counters of one attempt that are looked at here.
constexpr size_t kTouchedMax = 48;

std::string_view Between(const char* begin, const char* end) {
  return {begin, static_cast<size_t>(end - begin)};
}

// A series that the attempt concerns, unpacked.
struct Touched {
  enum class State : uint8_t {
    kAsItWas,
    kAppended,  // the oldest ones dropped, and one added behind the others
    kRemade
  };

  SeriesId id;
  int place = -1;  // in the layout; -1: it is new
  State state = State::kAsItWas;
  Entry* entries = nullptr;  // behind them is room for one more
  size_t dropped = 0;        // of the oldest ones
  size_t count = 0;          // of those that are left
  int64_t weight = 0;        // charges or members in these, whatever their age

  [[nodiscard]] std::span<const Entry> left() const { return {entries + dropped, count}; }
};

// One packed record under work. Kept by each thread, since its memory is used again.
class Bench {
 public:
  bool Begin(const PackedChange& record, TimePoint now) {
    entries_used_ = 0;
    touched_count_ = 0;
    made_count_ = 0;
    live_count_ = 0;
    stale_ = false;
    return layout_.Read(record.before, now);
  }
  [[nodiscard]] const RecordLayout& layout() const { return layout_; }

  // Null when there are too many.
  Touched* Touch(SeriesId id) {
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

  // As Forget and Charge (series.h) do. False when there is no room for it.
  bool Charge(Touched& touched, const CounterAsk& ask, TimePoint now) {
    if (touched.state == Touched::State::kAsItWas && touched.place < 0) {
      made_[made_count_++] = &touched;
      if (layout_.series_count() + made_count_ >= kSeriesMax) return false;
    }
    return Append(touched, ask, now) || Remake(touched, ask, now);
  }

  // Looks for what Prune (shard.cc) drops, and for a reservation with this tag.
  std::optional<Reservation> ReadTail(TimePoint now, Duration token_life, const Reservation& like) {
    std::optional<Reservation> same;
    layout_.EachReservation([&](const Reservation& r, std::string_view packed) {
      if (r.at + token_life <= now) {
        stale_ = true;
        return;
      }
      live_[live_count_++] = packed;
      if (like.tag && !same && r.lane == like.lane && r.sub == like.sub && r.tag == like.tag) same = r;
    });
    layout_.EachSpent([&](uint64_t, TimePoint until, std::string_view) { stale_ = stale_ || until <= now; });
    return same;
  }
  [[nodiscard]] size_t live() const { return live_count_; }
  [[nodiscard]] bool changed() const {
    return stale_ ||
           std::any_of(touched_.begin(), touched_.begin() + static_cast<std::ptrdiff_t>(touched_count_),
                       [](const Touched& t) { return t.state != Touched::State::kAsItWas; });
  }

  // Writes the record without what Prune drops, and with one more reservation unless that is null. Requires:
  // its tail was read.
  void Write(TimePoint now, const Reservation* added, MsgpackWriter& out) const {
    const int64_t base = layout_.base();
    out.Array(8);
    out.Int(kRecordVersion);
    out.Int(base);
    out.Int(layout_.epoch());
    out.Packed(layout_.slots());
    WriteAllSeries(out);
    if (added == nullptr && !stale_) return out.Packed(layout_.tail());

    out.Array(5 * (live_count_ + (added != nullptr ? 1 : 0)));
    // Those that are left mostly lie behind one another.
    for (size_t i = 0; i < live_count_;) {
      const char* begin = live_[i].data();
      const char* end = begin;
      for (; i < live_count_ && live_[i].data() == end; ++i) end += live_[i].size();
      out.Packed(Between(begin, end));
    }
    if (added != nullptr) WriteReservation(*added, base, out);
    out.Packed(layout_.wrong_tags());
    size_t spent = 0;
    layout_.EachSpent([&](uint64_t, TimePoint until, std::string_view) { spent += until > now ? 1 : 0; });
    out.Array(2 * spent);
    layout_.EachSpent([&](uint64_t, TimePoint until, std::string_view packed) {
      if (until > now) out.Packed(packed);
    });
  }

 private:
  static constexpr size_t kEntriesRoom = 2048;

  Entry* Room(size_t entries) {
    if (entries_used_ + entries > entries_.size()) return nullptr;
    return &entries_[std::exchange(entries_used_, entries_used_ + entries)];
  }

  // The plain case: false when this is none.
  static bool Append(Touched& touched, const CounterAsk& ask, TimePoint now) {
    const std::span<const Entry> entries = touched.left();
    if (touched.state != Touched::State::kAsItWas || ask.weight <= 0 ||
        (!entries.empty() && entries.back().at > now))
      return false;
    size_t drop = 0;
    const TimePoint oldest = now - ask.horizon;
    if (!touched.id.ever()) {
      while (drop < entries.size() && entries[drop].at <= oldest) ++drop;
    } else if (ask.horizon > Duration::zero() && !entries.empty() && entries.back().at <= oldest) {
      drop = entries.size();
    }
    const std::span<const Entry> left = entries.subspan(drop);
    const bool distinct = touched.id.distinct();
    if (!distinct && left.size() >= kExactEntries) return false;
    if (distinct && !left.empty() && left.size() >= ask.members_max) return false;
    if (distinct &&
        std::any_of(left.begin(), left.end(), [&](const Entry& entry) { return entry.member == ask.member; }))
      return false;
    for (const Entry& entry : entries.first(drop)) touched.weight -= distinct ? 1 : entry.count;
    touched.weight += distinct ? 1 : ask.weight;
    touched.dropped = drop;
    touched.count = left.size() + 1;
    touched.entries[drop + left.size()] = {
        .at = now, .count = ask.weight, .member = distinct ? ask.member : 0};
    touched.state = Touched::State::kAppended;
    return true;
  }

  bool Remake(Touched& touched, const CounterAsk& ask, TimePoint now) {
    const Retention retention{ask.windows, ask.horizon, ask.members_max};
    Series series{.id = touched.id, .entries = Entries(touched.left().begin(), touched.left().end())};
    Forget(series, retention, now);
    latchkey::Charge(series, now, ask.weight, ask.member, retention);
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

  void WriteAllSeries(MsgpackWriter& out) const {
    out.Array(layout_.series_count() + made_count_);
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
      WriteOne(*changed, &at, out);
    }
    if (from != nullptr) out.Packed(Between(from, layout_.series(layout_.series_count() - 1).end));
    for (size_t i = 0; i < made_count_; ++i) WriteOne(*made_[i], nullptr, out);
  }
  [[nodiscard]] const Touched* ChangedAt(size_t place) const {
    for (size_t i = 0; i < touched_count_; ++i) {
      if (touched_[i].place == static_cast<int>(place) && touched_[i].state != Touched::State::kAsItWas)
        return &touched_[i];
    }
    return nullptr;
  }
  void WriteOne(const Touched& touched, const RecordLayout::SeriesAt* was, MsgpackWriter& out) const {
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
    }
    for (const Entry& entry : left.subspan(from)) WriteEntry(entry, distinct, layout_.base(), out);
  }

  RecordLayout layout_;
  std::array<Entry, kEntriesRoom> entries_;
  size_t entries_used_ = 0;
  std::array<Touched, kTouchedMax> touched_;
  size_t touched_count_ = 0;
  std::array<const Touched*, kTouchedMax> made_{};  // the new ones, in their order
  size_t made_count_ = 0;
  std::array<std::string_view, kReservationsMax> live_;
  size_t live_count_ = 0;
  bool stale_ = false;
};

struct Benches {
  Bench account;
  Bench network;
};

// The calling thread's. On the heap: what is thread-local by itself lies on every thread's stack, and
// libraries give some of theirs no more than 100 KB.
Benches& OwnBenches() {
  thread_local const std::unique_ptr<Benches> own = std::make_unique<Benches>();
  return *own;
}

// What can be said of an ask: a third answer is that ApplyCharge must be asked.
enum class Said { kNo, kYes, kUnknown };

Said SaidIf(bool yes) { return yes ? Said::kYes : Said::kNo; }

struct Proof {
  Said holds = Said::kNo;
  uint16_t slot = 0;
};

// As CheckProof does.
Proof ProofOf(const LaneAsk& ask, const RecordLayout& account, TimePoint now) {
  switch (ask.lane) {
    case Lane::kStranger:
      return {Said::kYes, 0};
    case Lane::kChallenged:
      // It would have to be spent.
      return {account.IsSpent(ask.proof_id, now) ? Said::kNo : Said::kUnknown, 0};
    case Lane::kFamiliar: {
      const std::optional<RecordLayout::SlotAt> slot = account.FindSlot(ask.lane, ask.proof_id);
      return slot ? Proof{SaidIf(slot->seen + ask.fresh_for > now), slot->index} : Proof{};
    }
    case Lane::kRecovered: {
      const std::optional<RecordLayout::SlotAt> slot = account.FindSlot(ask.lane, ask.proof_id);
      if (!slot || ask.proof_epoch < account.epoch()) return {};
      return {SaidIf(slot->since + ask.fresh_for > now), slot->index};
    }
    case Lane::kDevice: {
      if (ask.proof_epoch < account.epoch() || account.IsSpent(ask.proof_id, now)) return {};
      const std::optional<RecordLayout::SlotAt> slot = account.FindSlot(ask.lane, ask.proof_id);
      if (!slot) return {Said::kUnknown, 0};  // It may have to be given a place.
      return {Said::kYes, slot->index};
    }
  }
  return {Said::kUnknown, 0};
}

Touched* TouchedBy(const CounterAsk& ask, uint16_t slot, Bench& record) {
  return record.Touch({.signature = ask.signature, .sub = ask.sub_is_slot ? slot : ask.sub});
}

Said Admits(const std::vector<CounterAsk>& asks, Bench& record, uint16_t slot, TimePoint now, Duration life) {
  for (const CounterAsk& ask : asks) {
    if (ask.limits.empty()) continue;
    const Touched* touched = TouchedBy(ask, slot, record);
    if (touched == nullptr) return Said::kUnknown;
    const bool distinct = touched->id.distinct();
    const int64_t weight = distinct ? 1 : ask.weight;
    for (const Limit& limit : ask.limits) {
      // Were all of it in the window, there would still be room, and it has started no hold.
      if (touched->weight + weight <= limit.above && touched->weight < limit.above) continue;
      if (EvaluateLimit(limit, touched->left(), distinct, weight, now, life).refuses) return Said::kNo;
    }
  }
  return Said::kYes;
}

// False when ApplyCharge must do it.
bool ChargeAll(const std::vector<CounterAsk>& asks, Bench& record, uint16_t slot, TimePoint now) {
  for (const CounterAsk& ask : asks) {
    if (!ask.charged) continue;
    Touched* touched = TouchedBy(ask, slot, record);
    if (touched == nullptr || !record.Charge(*touched, ask, now)) return false;
  }
  return true;
}

// Charges what is admitted. False when ApplyCharge must do it.
bool Admit(const ChargeRequest& request, TimePoint now, PackedChange& account, PackedChange& network,
           Benches& benches, ChargeResult& result) {
  const LaneAsk& ask = request.lanes[static_cast<size_t>(result.admitted)];
  const Duration life = request.token_life;
  result.counted = result.admitted;
  const Reservation own{
      .id = request.reservation_id, .at = now, .lane = ask.lane, .sub = result.sub, .tag = request.tag};
  const std::optional<Reservation> same = benches.account.ReadTail(now, life, own);
  benches.network.ReadTail(now, life, {});
  result.shared = same.has_value();
  if (result.shared) {
    result.reservation_id = same->id;
  } else if (benches.account.live() >= kReservationsMax ||
             !ChargeAll(ask.account, benches.account, result.sub, now) ||
             !ChargeAll(ask.network, benches.network, result.sub, now)) {
    return false;
  }
  account.changed = !result.shared || benches.account.changed();
  if (account.changed) benches.account.Write(now, result.shared ? nullptr : &own, account.after);
  network.changed = benches.network.changed();
  if (network.changed) benches.network.Write(now, nullptr, network.after);
  result.brief->charged_at = result.shared ? same->at : now;
  result.brief->spent = Admits(ask.network, benches.network, result.sub, now, life) != Said::kYes ||
                        Admits(ask.account, benches.account, result.sub, now, life) != Said::kYes;
  return true;
}

}  // namespace

bool ChargePacked(const ChargeRequest& request, TimePoint now, PackedChange& account, PackedChange& network,
                  ChargeResult& result) {
  Benches& benches = OwnBenches();
  if (request.dry_run || request.forced || !benches.account.Begin(account, now) ||
      !benches.network.Begin(network, now))
    return false;
  const Duration life = request.token_life;
  result.reservation_id = request.reservation_id;
  result.records.now = now;
  bool fell = false;
  for (size_t i = 0; i < request.lanes.size() && result.admitted < 0; ++i) {
    const LaneAsk& ask = request.lanes[i];
    const Proof proof = ProofOf(ask, benches.account.layout(), now);
    if (proof.holds == Said::kUnknown) return false;
    if (proof.holds == Said::kNo) continue;
    result.sub = proof.slot;
    Said admits = ask.closed ? Said::kNo : Admits(ask.network, benches.network, proof.slot, now, life);
    if (admits == Said::kYes) admits = Admits(ask.account, benches.account, proof.slot, now, life);
    if (admits == Said::kUnknown) return false;
    if (admits == Said::kYes) {
      result.admitted = static_cast<int>(i);
    } else {
      fell = true;
    }
  }
  account.proven = benches.account.layout().proven();
  network.proven = benches.network.layout().proven();
  if (result.admitted < 0) return true;
  result.brief.emplace().fell = fell;
  return Admit(request, now, account, network, benches, result);
}

}  // namespace latchkey
