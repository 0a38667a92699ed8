#include "engine/signal/series.h"

#include <algorithm>

namespace latchkey {
namespace {

// The width of the bucket in which an entry of this age may be merged; zero: all of them.
int64_t BucketMs(std::span<const Duration> windows, Duration age) {
  for (Duration window : windows) {
    if (window > age) return std::max<int64_t>(1, window.count() / 16);
  }
  return 0;
}

void Compact(std::vector<Entry>& entries, std::span<const Duration> windows, TimePoint now) {
  std::vector<Entry> kept;
  kept.reserve(entries.size());
  int64_t kept_width = -1;
  int64_t kept_bucket = -1;
  for (const Entry& entry : entries) {
    const int64_t width = BucketMs(windows, now - entry.at);
    const int64_t bucket = width == 0 ? 0 : entry.at.time_since_epoch().count() / width;
    if (!kept.empty() && width == kept_width && bucket == kept_bucket) {
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

void ChargeMember(Series& series, TimePoint at, int64_t count, uint64_t member, const Retention& retention) {
  auto& entries = series.entries;
  auto known =
      std::find_if(entries.begin(), entries.end(), [member](const Entry& e) { return e.member == member; });
  Entry entry{.at = at, .count = count, .member = member};
  if (known != entries.end()) {
    entry.count += known->count;
    entry.at = std::max(at, known->at);
    entries.erase(known);
  } else if (entries.size() >= retention.members_max) {
    entries.erase(entries.begin());
  }
  auto place = std::upper_bound(entries.begin(), entries.end(), entry.at,
                                [](TimePoint t, const Entry& e) { return t < e.at; });
  entries.insert(place, entry);
}

}  // namespace

void Charge(Series& series, TimePoint at, int64_t count, uint64_t member, const Retention& retention) {
  if (series.id.distinct()) return ChargeMember(series, at, count, member, retention);
  auto& entries = series.entries;
  auto place = std::upper_bound(entries.begin(), entries.end(), at,
                                [](TimePoint t, const Entry& e) { return t < e.at; });
  entries.insert(place, {.at = at, .count = count, .member = 0});
  if (entries.size() > kExactEntries) Compact(entries, retention.windows, at);
}

void GiveBack(Series& series, TimePoint at, int64_t count, uint64_t member) {
  auto& entries = series.entries;
  const bool distinct = series.id.distinct();
  auto it = std::find_if(entries.begin(), entries.end(),
                         [&](const Entry& e) { return distinct ? e.member == member : e.at >= at; });
  if (it == entries.end()) return;
  it->count -= count;
  if (it->count <= 0) entries.erase(it);
}

void Forget(Series& series, const Retention& retention, TimePoint now) {
  if (series.id.ever()) return;
  const TimePoint oldest = now - retention.horizon;
  std::erase_if(series.entries, [oldest](const Entry& e) { return e.at <= oldest; });
}

}  // namespace latchkey
