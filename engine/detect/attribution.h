// Who may be behind sabotage: rivals, weighed by what ties them to it.
//
// A shared address is worth the less the more accounts log in there, and alone it never names anybody: the
// policy is refused where it could. Rivals who are tied alike make each other unlikely.
#pragma once

#include <vector>

#include "engine/detect/detector.h"

namespace latchkey {

struct Attribution {
  std::vector<Suspect> named;  // at or above the policy's confidence, most likely first
  double link = 0;             // log likelihood ratio of the closest tie, named or not
  std::string link_text;
};

[[nodiscard]] Attribution Attribute(const Activity& activity, const DetectSpec::Suspects& spec);

}  // namespace latchkey
