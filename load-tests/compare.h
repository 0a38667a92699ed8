// Floors, Latchkey and peers side by side, in turns: what the ratios of docs/performance.md come from.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "load-tests/measurement.h"
#include "load-tests/peers.h"
#include "load-tests/redis_commands.h"
#include "load-tests/script_floor.h"

namespace latchkey::load {

struct CompareSettings {
  Programs programs;
  Load load;
  int rounds = 5;
  int policy_rules = 100;    // of the policy that is set beside the default one
  bool redis = true;         // measure what needs a Redis
  bool peers = true;         // measure peers
  std::string peer_scripts;  // the folder of their start scripts
};

struct PeerRounds {
  PeerKind kind;
  std::string version;
  std::string absent;  // why it was not measured; empty: it was
  std::vector<Measurement> rounds;
};

struct Comparison {
  // By name, as in "memory converse": a measurement a round.
  std::map<std::string, std::vector<Measurement>> trials;
  std::vector<PeerRounds> peers;
  std::optional<ScriptCost> scripts;
  std::optional<RedisCommands> commands;          // on one server
  std::optional<RedisCommands> cluster_commands;  // on a Cluster
  double paced_rate = 0;                          // attempts a second of the paced trials
  std::vector<std::string> problems;              // what could not be measured, and why
};

// Tells on stderr what it is at. What fails is tried once more, then told among the problems and left out;
// only the floor has to be there.
absl::StatusOr<Comparison> Compare(const CompareSettings& settings);

}  // namespace latchkey::load
