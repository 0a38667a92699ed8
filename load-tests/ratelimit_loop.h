// A closed loop over the Envoy rate limit service's gRPC call, for the peers that speak it.
#pragma once

#include <functional>
#include <string>

#include "load-tests/generator.h"

namespace latchkey::load {

// Each attempt of the workload is one check of two descriptors: its account and its address. OK counts as
// ACTION_ALLOW, OVER_LIMIT as ACTION_THROTTLE. As RunClosedLoop otherwise.
absl::StatusOr<Tally> RunRatelimitLoop(const std::string& address,
                                       const std::function<v1::AssessRequest(int64_t)>& attempt,
                                       const Load& load, const std::function<void()>& on_edge);

}  // namespace latchkey::load
