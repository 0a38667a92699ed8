// Counts what a Redis server is asked by its clients.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "absl/status/statusor.h"

namespace latchkey::load {

// Runs `work` and counts the commands that came over connections meanwhile, by name in lower case. Follows
// MONITOR, which tells these from what scripts call inside the server (INFO commandstats adds them up), so
// `work` should be a few hundred commands, not a measurement of speed. kUnavailable when the server is not
// there.
absl::StatusOr<std::map<std::string, int64_t>> CountRedisCommands(int port,
                                                                  const std::function<void()>& work);

// The command's name in a line of MONITOR, in lower case; empty when a script called it.
std::string CommandOfMonitorLine(std::string_view line);

}  // namespace latchkey::load
