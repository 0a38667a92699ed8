// A closed loop over HTTP/1.1, for peers that speak it.
#pragma once

#include <functional>
#include <string>

#include "load-tests/generator.h"

namespace latchkey::load {

// One request in flight on each of `load.in_flight` connections, each a GET of `target(n)`. Status 200 is an
// admitted check, 429 a refused one; any other is an error. The tally counts these as ACTION_ALLOW and
// ACTION_THROTTLE. As RunClosedLoop otherwise.
absl::StatusOr<Tally> RunHttpLoop(int port, const std::function<std::string(int64_t)>& target,
                                  const Load& load, const std::function<void()>& on_edge);

}  // namespace latchkey::load
