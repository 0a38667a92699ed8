#include "engine/policy/certificate/reach.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

Reach Describe(const Policy& policy, Lane lane, const Step& step, const AppliedLimit& applied) {
  const Counter& counter = policy.counters()[static_cast<size_t>(step.counter)];
  Reach reach{.counter = &counter,
              .limit = applied.limit,
              .rule = applied.rule,
              .limit_index = applied.limit_index,
              .refuses = {},
              .fed_by = {},
              .place = {},
              .name = policy.RuleName(lane, applied),
              .path = {}};
  if (applied.rule >= 0) {
    const Rule& rule = policy.rules()[static_cast<size_t>(applied.rule)];
    reach.until = rule.limits[static_cast<size_t>(applied.limit_index)].until;
    reach.path = absl::StrCat("rules[", applied.rule, "].limits[", applied.limit_index, "]");
    return reach;
  }
  if (applied.limit.ever()) reach.until = Until::kSuccess;
  if (reach.of_factor()) {
    reach.name = absl::StrCat("factors.", ToAbsl(FactorName(*counter.when.factors.begin())));
    reach.path = reach.name;
  } else {
    reach.path = absl::StrCat("lanes.", ToAbsl(LaneName(lane)), ".failures");
  }
  return reach;
}

}  // namespace

bool Reach::Has(KeyKind kind) const {
  return std::find(counter->by.begin(), counter->by.end(), kind) != counter->by.end();
}

bool Reach::of_address() const {
  return counter->shard == Shard::kSource || (counter->shard == Shard::kNode && Has(KeyKind::kAsn));
}

bool Reach::of_factor() const { return rule < 0 && !counter->when.factors.empty(); }

bool Reach::ends_by_itself() const {
  return !limit.ever() || limit.quiet > Duration::zero() || limit.then == Consequence::kThrottle;
}

Duration Reach::refuses_for() const { return std::max({limit.window, limit.hold, limit.quiet}); }

bool Reach::meets_all(Factor factor) const {
  const When& when = counter->when;
  return when.paths.empty() && when.groups.empty() && !when.popular_password &&
         (when.factors.empty() || when.factors.contains(factor)) &&
         counter->count != CountKind::kDistinctPasswordTags && !Has(KeyKind::kAsn);
}

std::vector<Reach> ReachesOf(const Policy& policy) {
  std::vector<Reach> reaches;
  std::vector<int> counters;
  for (Lane lane : kAllLanes) {
    for (const Step& step : policy.program(lane)) {
      for (const AppliedLimit& applied : step.limits) {
        if (applied.shadow) continue;
        size_t at = 0;
        while (at < reaches.size() && !(counters[at] == step.counter && reaches[at].rule == applied.rule &&
                                        reaches[at].limit_index == applied.limit_index))
          ++at;
        if (at == reaches.size()) {
          reaches.push_back(Describe(policy, lane, step, applied));
          counters.push_back(step.counter);
        }
        reaches[at].refuses.Insert(lane);
        reaches[at].place[static_cast<size_t>(lane)] = step.place;
      }
    }
  }
  for (size_t i = 0; i < reaches.size(); ++i) {
    for (Lane lane : kAllLanes) {
      for (const Step& step : policy.program(lane)) {
        if (step.counter == counters[i] && step.charged) reaches[i].fed_by.Insert(lane);
      }
    }
  }
  return reaches;
}

}  // namespace latchkey
