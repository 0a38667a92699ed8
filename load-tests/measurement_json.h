// Measurements as JSON, the same in every report.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "load-tests/measurement.h"
#include "load-tests/spread.h"

namespace latchkey::load {

// {"min": …, "median": …, "max": …, "rounds": …}; null for nothing.
nlohmann::ordered_json SpreadJson(const std::optional<Spread>& spread);

// {"p50": µs, "p90": …, "p99": …, "p99.9": …, "max": …, "curve": [[percentile, µs], …]}; the curve is denser
// the closer it comes to 100 %. Null when nothing was counted.
nlohmann::ordered_json LatencyJson(const Histogram& latency);

// All rounds of one thing that was measured: spreads over the rounds, latencies of all rounds together.
nlohmann::ordered_json RoundsJson(const std::string& name, const std::vector<Measurement>& rounds);

}  // namespace latchkey::load
