// Policies for tests, written as the data they are.
#pragma once

#include <memory>

#include "engine/policy/policy.h"

namespace latchkey {

using namespace std::chrono_literals;

inline constexpr Duration kDay = std::chrono::hours(24);

// The lanes of DESIGN.md §5, without rules.
[[nodiscard]] PolicySpec StorefrontSpec();

[[nodiscard]] Rule FailureRule(std::string id, std::vector<KeyKind> by, LaneSet from,
                               std::vector<Limit> limits);

// Compiles or fails the test with what is wrong.
[[nodiscard]] std::shared_ptr<const Policy> MustCompile(PolicySpec spec, int64_t revision = 1);

}  // namespace latchkey
