// What a run of the load generator has found, as tables for people and as JSON for scripts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "load-tests/generator.h"
#include "load-tests/measurement.h"
#include "load-tests/redis_commands.h"

namespace latchkey::load {

// What README promises of speed.
inline constexpr double kMemoryRatioMin = 0.85;
inline constexpr double kRedisCommandsMax = 2;

struct Results {
  std::string workload;
  std::string workload_what;
  Load load;
  std::vector<int> server_cpus;
  std::vector<int> client_cpus;
  std::vector<Summary> closed;  // the floor first
  std::vector<Summary> open;
  std::optional<RedisCommands> redis_commands;

  // Requests per server-CPU-second as a share of the floor's; 0 without a floor.
  [[nodiscard]] double RatioToFloor(const Summary& summary) const;
  // The targets that were measured and missed, in words.
  [[nodiscard]] std::vector<std::string> Missed() const;
};

std::string ToTable(const Results& results);
std::string ToJson(const Results& results);

}  // namespace latchkey::load
