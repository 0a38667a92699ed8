// What the scripts of Assess cost Redis, beside scripts that do nothing with the same keys, arguments and
// replies: both in one run, at the same depth, on the same server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "load-tests/subject.h"

namespace latchkey::load {

// Medians over the rounds, in processor time of the redis-server process.
struct ScriptCost {
  double assess_us = 0;  // the scripts of an Assess
  double noop_us = 0;    // as many that do nothing
  double ratio = 0;      // the median of each round's assess / no-op: `redis_cpu_ratio`
  double ratio_min = 0;
  double ratio_max = 0;
  double request_bytes = 0;  // keys and arguments, on average
  double reply_bytes = 0;    // strings of the reply, on average
  int attempts = 0;          // in one pass,
  int commands = 0;          // which were so many scripts
};

// Starts latchkeyd on a Redis of its own and follows what an Assess of strangers sends (accounts with none,
// one and two charges, from addresses of many networks); then sends just that again and again over one
// connection, 64 in flight: to an emptied Redis as it was, and as a script that does nothing. A pass takes
// some tenths of a second. kUnavailable when a server is missing or stops answering.
absl::StatusOr<ScriptCost> MeasureScriptCost(const Programs& programs, int rounds);

// The words of a line of MONITOR; empty when a script called it, or when it is not such a line.
std::vector<std::string> WordsOfMonitorLine(std::string_view line);

}  // namespace latchkey::load
