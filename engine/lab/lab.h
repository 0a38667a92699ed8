// Runs a scenario under a policy and says what came out.
#pragma once

#include <functional>
#include <string>

#include "engine/lab/figures.h"
#include "engine/lab/lab_engine.h"
#include "engine/lab/scenario.h"

namespace latchkey::lab {

// Lives the day twice, with and without the attack (once, where there is none), and compares. The same
// scenario, policy and seed give the same figures, byte for byte. Thread-safe: runs share nothing.
[[nodiscard]] Figures RunScenario(const Scenario& scenario, const std::shared_ptr<const Policy>& policy,
                                  const LabPorts& ports, uint64_t seed);

}  // namespace latchkey::lab
