// How often Redis is asked for what an auth service asks: the figures that are exact, whatever the machine.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "load-tests/subject.h"

namespace latchkey::load {

// Commands a call, over some hundred calls of each kind. What a node asks by itself now and then is in them,
// so they may be some thousandths too high.
struct RedisCommands {
  double assess_stranger = 0;
  double assess_device = 0;
  double report_failure = 0;
  double report_success = 0;
  double refused_repeat = 0;
  std::vector<std::string> names;  // which commands these were
};

// On a Redis of its own: one server, or a Cluster of one primary as `programs` says. kUnavailable when a call
// fails.
absl::StatusOr<RedisCommands> MeasureRedisCommands(const Programs& programs);

}  // namespace latchkey::load
