// All detectors, with the thresholds of a policy.
#pragma once

#include <memory>
#include <vector>

#include "engine/detect/detector.h"

namespace latchkey {

// Of one account: at most one of these explains it, the first that speaks.
[[nodiscard]] std::vector<std::unique_ptr<Detector>> AccountDetectors(const DetectSpec& spec);
// Each speaks for itself.
[[nodiscard]] std::vector<std::unique_ptr<Detector>> OtherDetectors(const DetectSpec& spec);

}  // namespace latchkey
