#include "engine/policy/merge_rules.h"

namespace latchkey {

MergeRules MergeRulesOf(const Policy& policy) {
  MergeRules rules;
  for (size_t i = 0; i < policy.counters().size(); ++i) {
    const Counter& counter = policy.counters()[i];
    MergeRules::Counter rule{.signature = counter.signature,
                             .slot_lane = {},
                             .cleared_by_success = counter.cleared_by_success,
                             .members_max = counter.members_max};
    for (Lane lane : kAllLanes) {
      for (const Step& step : policy.program(lane)) {
        if (step.counter == static_cast<int>(i) && step.place == Place::kSlot && !rule.slot_lane)
          rule.slot_lane = lane;
      }
    }
    rules.counters.push_back(rule);
  }
  for (Lane lane : {Lane::kDevice, Lane::kRecovered, Lane::kFamiliar})
    rules.slots_max[static_cast<size_t>(lane)] = policy.slots_max(lane);
  return rules;
}

}  // namespace latchkey
