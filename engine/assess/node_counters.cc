#include "engine/assess/node_counters.h"

#include <algorithm>

namespace latchkey {

Key NodeCounters::KeyOf(const Facts& facts, const PlannedStep& step) {
  const auto& by = step.counter->by;
  const bool asn = std::find(by.begin(), by.end(), KeyKind::kAsn) != by.end();
  return {.high = step.counter->signature,
          .low = asn ? facts.tenant ^ (uint64_t{facts.asn} << 16U) : facts.tenant};
}

void NodeCounters::Read(const Facts& facts, PlannedLane& lane, TimePoint now) const {
  const bool any = std::any_of(lane.steps.begin(), lane.steps.end(),
                               [](const PlannedStep& s) { return s.counter->shard == Shard::kNode; });
  if (!any) return;
  const MutexLock lock(mutex_);
  for (PlannedStep& step : lane.steps) {
    if (step.counter->shard != Shard::kNode) continue;
    step.node_time = now;
    if (auto it = series_.find(KeyOf(facts, step)); it != series_.end())
      step.node_entries = it->second.entries;
  }
}

void NodeCounters::Charge(const Facts& facts, const PlannedLane& lane, TimePoint now) {
  const bool any = std::any_of(lane.steps.begin(), lane.steps.end(),
                               [](const PlannedStep& s) { return s.counter->shard == Shard::kNode; });
  if (!any) return;
  const MutexLock lock(mutex_);
  for (const PlannedStep& step : lane.steps) {
    if (step.counter->shard != Shard::kNode || !step.step->charged || !step.counter->charged_on_admission())
      continue;
    if (series_.size() >= kSeriesMaxOnNode) {
      absl::erase_if(series_, [&](const auto& item) {
        return item.second.entries.empty() || item.second.entries.back().at + std::chrono::hours(24) < now;
      });
    }
    Series& series = series_[KeyOf(facts, step)];
    series.id.signature = step.counter->signature;
    Forget(series, step.counter->retention(), now);
    latchkey::Charge(series, now, step.weight, step.member, step.counter->retention());
  }
}

}  // namespace latchkey
