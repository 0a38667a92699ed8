#include "engine/signal/merge_series.h"

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>

#include "engine/signal/series.h"

namespace latchkey {
namespace {

// Charges by time.
using Counts = std::map<TimePoint, int64_t>;

Counts CountsOf(const Series& series) {
  Counts counts;
  for (const Entry& entry : series.entries) counts[entry.at] += entry.count;
  return counts;
}

// The time of the `n`-th latest of all, or of the oldest.
TimePoint NthLatest(const Counts& counts, size_t n) {
  auto it = counts.rbegin();
  for (size_t i = 1; i < n && std::next(it) != counts.rend(); ++i) ++it;
  return it->first;
}

// For every moment, the highest of their numbers of charges after it, of those before `end`.
Counts Highest(const std::vector<Counts>& all, TimePoint end) {
  std::map<TimePoint, std::vector<int64_t>, std::greater<>> steps;  // latest first; what each adds there
  for (size_t i = 0; i < all.size(); ++i) {
    for (const auto& [at, count] : all[i]) {
      if (at >= end) break;
      std::vector<int64_t>& added = steps[at];
      added.resize(all.size());
      added[i] = count;
    }
  }
  Counts highest;
  std::vector<int64_t> sums(all.size());
  int64_t most = 0;
  for (const auto& [at, added] : steps) {
    for (size_t i = 0; i < all.size(); ++i) sums[i] += added[i];
    const int64_t sum = *std::max_element(sums.begin(), sums.end());
    if (sum > most) highest[at] = sum - most;
    most = std::max(most, sum);
  }
  return highest;
}

Series MergeMembers(const std::vector<Series>& all, size_t members_max) {
  std::map<uint64_t, Entry> members;
  for (const Series& series : all) {
    for (const Entry& entry : series.entries) {
      auto [it, fresh] = members.emplace(entry.member, entry);
      if (fresh) continue;
      it->second.at = std::max(it->second.at, entry.at);
      it->second.count = std::max(it->second.count, entry.count);
    }
  }
  Series merged{.id = all.front().id, .entries = {}};
  for (const auto& [member, entry] : members) merged.entries.push_back(entry);
  std::sort(merged.entries.begin(), merged.entries.end(), [](const Entry& x, const Entry& y) {
    return std::tie(x.at, x.member) < std::tie(y.at, y.member);
  });
  LimitEntries(merged, members_max == 0 ? kMembersMax : members_max);
  return merged;
}

}  // namespace

void LimitEntries(Series& series, size_t max) {
  auto& entries = series.entries;
  if (entries.size() <= max) return;
  const auto first = entries.begin() + static_cast<std::ptrdiff_t>(entries.size() - max);
  if (!series.id.distinct()) {
    for (auto it = entries.begin(); it != first; ++it) first->count += it->count;
  }
  entries.erase(entries.begin(), first);
}

Series MergeSeries(const std::vector<Series>& all, size_t members_max) {
  if (all.front().id.distinct()) return MergeMembers(all, members_max);
  std::vector<Counts> counts;
  Counts united;
  for (const Series& series : all) {
    counts.push_back(CountsOf(series));
    for (const auto& [at, count] : counts.back()) united[at] = std::max(united[at], count);
  }
  Series merged{.id = all.front().id, .entries = {}};
  if (united.empty()) return merged;
  const TimePoint exact_from = NthLatest(united, kRecentEntries);
  for (const auto& [at, count] : Highest(counts, exact_from)) merged.entries.push_back({at, count, 0});
  for (auto it = united.lower_bound(exact_from); it != united.end(); ++it)
    merged.entries.push_back({it->first, it->second, 0});
  LimitEntries(merged, merged.id.ever() ? kExactEntries : kEntriesMax);
  return merged;
}

}  // namespace latchkey
