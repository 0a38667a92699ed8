#include "engine/assess/node_counters.h"

#include <algorithm>
#include <cstdint>

namespace latchkey {

Key NodeCounters::KeyOf(const Facts& facts, const PlannedStep& step) {
  const auto& by = step.counter->by;
  const bool asn = std::find(by.begin(), by.end(), KeyKind::kAsn) != by.end();
  return {.high = step.counter->signature,
          .low = asn ? facts.tenant ^ (uint64_t{facts.asn} << 16U) : facts.tenant};
}

Key NodeCounters::PlaceOf(const Facts& facts, const PlannedStep& step) const {
  const Key own = KeyOf(facts, step);
  if (series_.size() < kSeriesMaxOnNode || series_.contains(own)) return own;
  return {.high = own.high, .low = UINT64_MAX};
}

void NodeCounters::Sweep(TimePoint now) {
  if (series_.size() < kSeriesMaxOnNode || now < next_sweep_) return;
  next_sweep_ = now + kSweepRest;
  absl::erase_if(series_, [now](const auto& item) {
    const Kept& kept = item.second;
    return kept.series.entries.empty() || kept.series.entries.back().at + kept.horizon <= now;
  });
}

size_t NodeCounters::size() const {
  const MutexLock lock(mutex_);
  return series_.size();
}

void NodeCounters::Read(const Facts& facts, PlannedLane& lane, TimePoint now) const {
  const bool any = std::any_of(lane.steps.begin(), lane.steps.end(),
                               [](const PlannedStep& s) { return s.counter->shard == Shard::kNode; });
  if (!any) return;
  const MutexLock lock(mutex_);
  for (PlannedStep& step : lane.steps) {
    if (step.counter->shard != Shard::kNode) continue;
    step.node_time = now;
    if (auto it = series_.find(PlaceOf(facts, step)); it != series_.end()) {
      const Entries& entries = it->second.series.entries;
      step.node_entries.assign(entries.begin(), entries.end());
    }
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
    Sweep(now);
    Kept& kept = series_[PlaceOf(facts, step)];
    kept.horizon = step.counter->horizon;
    kept.series.id.signature = step.counter->signature;
    Forget(kept.series, step.counter->retention(), now);
    latchkey::Charge(kept.series, now, step.weight, step.member, step.counter->retention());
  }
}

}  // namespace latchkey
