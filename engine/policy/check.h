// The semantic checks of a policy: everything that is wrong with it, with the place and the mend.
#pragma once

#include <vector>

#include "engine/policy/rule.h"

namespace latchkey {

// Bounds of the language.
inline constexpr Duration kWindowMin = std::chrono::seconds(1);
inline constexpr Duration kWindowMax = std::chrono::hours(24 * 400);
inline constexpr Duration kHoldMax = std::chrono::hours(24 * 30);
inline constexpr int64_t kAboveMax = 1'000'000;
inline constexpr int64_t kAboveAccountMax = 1'000;
inline constexpr int64_t kWeightMax = 100;
inline constexpr int64_t kSlotsMax = 32;
inline constexpr size_t kRulesMax = 200;
inline constexpr size_t kLimitsMax = 16;

[[nodiscard]] std::vector<Diagnostic> CheckPolicy(const PolicySpec& spec);

}  // namespace latchkey
