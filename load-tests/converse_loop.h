// The closed loop over Converse: frames of many Assess and Report items, answered in frames.
#pragma once

#include <functional>
#include <string>

#include "load-tests/generator.h"

namespace latchkey::load {

// Keeps `load.in_flight` items in flight (at least a frame a stream), on one stream a connection, in frames
// of `load.frame_items`. The tally counts items; an item's latency is from the sending of its frame. As
// RunClosedLoop otherwise. Requires: load.frame_items > 0.
absl::StatusOr<Tally> RunConverseLoop(const std::string& address, const Workload& workload, const Load& load,
                                      const std::function<void()>& on_edge);

}  // namespace latchkey::load
