// What standards ask of a login's throttling, and whether this policy does it, with the reason.
#pragma once

#include <string>
#include <vector>

#include "engine/policy/certificate/breach.h"
#include "engine/policy/certificate/guess_bounds.h"
#include "engine/policy/certificate/reach.h"

namespace latchkey {

struct ComplianceLine {
  std::string standard;  // "NIST SP 800-63B-4 §3.2.2"
  bool met = false;
  std::string reason;
};

[[nodiscard]] std::vector<ComplianceLine> JudgeCompliance(const std::vector<Reach>& reaches,
                                                          const GuessBounds& guesses,
                                                          const std::vector<Breach>& findings);

}  // namespace latchkey
