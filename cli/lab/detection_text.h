// What detectors were worth in the lab, for people and for programs.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "engine/lab/detection.h"

namespace latchkey::cli {

// {"seed": 1, "attacks": {"password-spray": {"precision": …, "recall": …, "delay_s": …}}, "suspects": {…},
// "false_incidents_per_day": …, "scenarios": [{…}]}; null: there was nothing to measure.
[[nodiscard]] std::string DetectionJson(const lab::DetectionReport& report,
                                        const std::vector<lab::Detection>& detections, uint64_t seed);
void ShowDetection(const lab::DetectionReport& report, const std::vector<lab::Detection>& detections,
                   std::ostream& out);

}  // namespace latchkey::cli
