#include "engine/policy/repository.h"

namespace latchkey {

StandingRevisions StandingOf(const std::vector<PolicyRevision>& newest_first) {
  StandingRevisions standing;
  for (const PolicyRevision& revision : newest_first) {
    if (revision.rollout.stage != Stage::kFull) {
      if (&revision == &newest_first.front()) standing.candidate = &revision;
    } else if (standing.enforced == nullptr) {
      standing.enforced = &revision;
    } else {
      standing.previous = &revision;
      break;
    }
  }
  return standing;
}

}  // namespace latchkey
