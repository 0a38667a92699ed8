#include "engine/stats/active_refusals.h"

#include <algorithm>
#include <utility>

namespace latchkey {
namespace {

// A sweep of a full table looks at all of it: not more often than this.
constexpr Duration kSweepEvery = std::chrono::seconds(1);

void SortLatestFirst(std::vector<ActiveRefusal>& refusals) {
  std::sort(refusals.begin(), refusals.end(), [](const ActiveRefusal& a, const ActiveRefusal& b) {
    if (a.seen != b.seen) return a.seen > b.seen;
    if (a.subject.high != b.subject.high) return a.subject.high < b.subject.high;
    if (a.subject.low != b.subject.low) return a.subject.low < b.subject.low;
    return a.lane < b.lane;
  });
}

// `later` says how it stands; what was counted adds up.
void Update(ActiveRefusal later, ActiveRefusal& known) {
  const int64_t refused = known.refused + later.refused;
  if (later.seen >= known.seen) {
    if (later.name.empty()) later.name = std::move(known.name);
    known = std::move(later);
  }
  known.refused = refused;
}

}  // namespace

std::vector<ActiveRefusal> Merge(const std::vector<std::vector<ActiveRefusal>>& lists) {
  std::vector<ActiveRefusal> all;
  for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
  const auto id = [](const ActiveRefusal& refusal) {
    return std::make_tuple(refusal.scope, refusal.lane, refusal.subject.high, refusal.subject.low);
  };
  std::stable_sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return id(a) < id(b); });
  std::vector<ActiveRefusal> merged;
  for (ActiveRefusal& refusal : all) {
    if (!merged.empty() && id(merged.back()) == id(refusal)) {
      Update(std::move(refusal), merged.back());
    } else {
      merged.push_back(std::move(refusal));
    }
  }
  SortLatestFirst(merged);
  return merged;
}

bool ActiveRefusals::Over(const ActiveRefusal& refusal, TimePoint now) {
  return refusal.until.value_or(refusal.seen + kShownWithoutEnd) <= now;
}

void ActiveRefusals::Add(ActiveRefusal refusal, TimePoint now) {
  if (Over(refusal, now)) return;
  const Id id{refusal.scope, refusal.lane, refusal.subject};
  if (const auto found = refusals_.find(id); found != refusals_.end())
    return Update(std::move(refusal), found->second);
  if (refusals_.size() >= capacity_ && now >= swept_ + kSweepEvery) DropOver(now);
  if (refusals_.size() >= capacity_) {
    ++left_out_;
    return;
  }
  refusals_.emplace(id, std::move(refusal));
}

void ActiveRefusals::DropOver(TimePoint now) {
  swept_ = now;
  absl::erase_if(refusals_, [&](const auto& entry) { return Over(entry.second, now); });
}

std::vector<ActiveRefusal> ActiveRefusals::List(TimePoint now) {
  DropOver(now);
  std::vector<ActiveRefusal> list;
  list.reserve(refusals_.size());
  for (const auto& [id, refusal] : refusals_) list.push_back(refusal);
  SortLatestFirst(list);
  return list;
}

}  // namespace latchkey
