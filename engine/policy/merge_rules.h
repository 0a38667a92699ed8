// What merging two records needs to know of a policy.
#pragma once

#include "engine/policy/policy.h"
#include "engine/signal/merge.h"

namespace latchkey {

[[nodiscard]] MergeRules MergeRulesOf(const Policy& policy);

}  // namespace latchkey
