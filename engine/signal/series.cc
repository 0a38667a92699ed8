#include "engine/signal/series.h"

#include <algorithm>
#include <bit>
#include <cstddef>

namespace latchkey {
namespace {

// The width of the bucket in which an entry of this age may be merged. Holds look at charges after they left
// their window, so an entry is kept as finely as if it were younger by the longest hold.
int64_t BucketMs(const Retention& retention, Duration age) {
  if (retention.windows.empty()) return 1;
  const Duration hold = std::max(Duration::zero(), retention.horizon - retention.windows.back());
  auto seen_by = std::find_if(retention.windows.begin(), retention.windows.end(),
                              [&](Duration window) { return window + hold > age; });
  const Duration window = seen_by == retention.windows.end() ? retention.windows.back() : *seen_by;
  return static_cast<int64_t>(std::bit_floor(std::max<uint64_t>(1, window.count() / 8)));
}

void MergeNeighbours(Entries& entries, const Retention& retention, TimePoint now) {
  Entries kept;
  kept.reserve(entries.size());
  int64_t kept_width = -1;
  int64_t kept_bucket = -1;
  const size_t older = entries.size() - std::min(entries.size(), kRecentEntries);
  for (size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    const int64_t width = BucketMs(retention, now - entry.at);
    const int64_t bucket = entry.at.time_since_epoch().count() / width;
    if (i < older && width == kept_width && bucket == kept_bucket) {
      kept.back().at = entry.at;
      kept.back().count += entry.count;
    } else {
      kept.push_back(entry);
    }
    kept_width = width;
    kept_bucket = bucket;
  }
  entries = std::move(kept);
}

// Makes one entry of the oldest ones, so that at most `max` are left.
void MergeOldest(Entries& entries, size_t max) {
  if (entries.size() <= max) return;
  const auto last = entries.begin() + static_cast<std::ptrdiff_t>(entries.size() - max);
  for (auto it = entries.begin(); it != last; ++it) last->count += it->count;
  entries.erase(entries.begin(), last);
}

void ChargeMember(Series& series, TimePoint at, int64_t count, uint64_t member, const Retention& retention) {
  auto& entries = series.entries;
  auto known =
      std::find_if(entries.begin(), entries.end(), [member](const Entry& e) { return e.member == member; });
  Entry entry{.at = at, .count = count, .member = member};
  if (known != entries.end()) {
    entry.count += known->count;
    entry.at = std::max(at, known->at);
    entries.erase(known);
  } else if (!entries.empty() && entries.size() >= retention.members_max) {
    entries.erase(entries.begin());
  }
  auto place = std::upper_bound(entries.begin(), entries.end(), entry.at,
                                [](TimePoint t, const Entry& e) { return t < e.at; });
  entries.insert(place, entry);
}

}  // namespace

void Charge(Series& series, TimePoint at, int64_t count, uint64_t member, const Retention& retention) {
  if (count <= 0) return;
  if (series.id.distinct()) return ChargeMember(series, at, count, member, retention);
  auto& entries = series.entries;
  auto place = std::upper_bound(entries.begin(), entries.end(), at,
                                [](TimePoint t, const Entry& e) { return t < e.at; });
  entries.insert(place, {.at = at, .count = count, .member = 0});
  if (entries.size() <= kExactEntries) return;
  if (series.id.ever()) return MergeOldest(entries, kExactEntries);
  MergeNeighbours(entries, retention, at);
  MergeOldest(entries, kEntriesMax);
}

std::optional<size_t> FindCharge(std::span<const Entry> entries, bool distinct, TimePoint at, int64_t count,
                                 uint64_t member, size_t members_max, Duration tolerance) {
  if (distinct && members_max > 0 && entries.size() >= members_max) return std::nullopt;
  std::optional<size_t> found;
  Duration nearest = tolerance + Duration(1);
  for (size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    if (distinct) {
      if (entry.member == member) return i;
      continue;
    }
    if (entry.at > at + tolerance) {
      // A later entry that holds no more than this was not merged with the charge, which is gone.
      if (!found && entry.count > count) found = i;
      break;
    }
    const Duration off = entry.at > at ? entry.at - at : at - entry.at;
    if (off >= nearest) continue;
    nearest = off;
    found = i;
  }
  return found;
}

void GiveBack(Series& series, TimePoint at, int64_t count, uint64_t member, size_t members_max,
              Duration tolerance) {
  auto& entries = series.entries;
  const std::optional<size_t> found =
      FindCharge(entries, series.id.distinct(), at, count, member, members_max, tolerance);
  if (!found) return;
  Entry& entry = entries[*found];
  entry.count -= count;
  if (entry.count <= 0) entries.erase(&entry);
}

void Forget(Series& series, const Retention& retention, TimePoint now) {
  if (series.id.ever() && retention.horizon == Duration::zero()) return;
  const TimePoint oldest = now - retention.horizon;
  if (series.id.ever()) {
    if (!series.entries.empty() && series.entries.back().at <= oldest) series.entries.clear();
    return;
  }
  auto& entries = series.entries;
  const auto old = [oldest](const Entry& e) { return e.at <= oldest; };
  entries.erase(std::remove_if(entries.begin(), entries.end(), old), entries.end());
}

}  // namespace latchkey
