// Whether more shards and more accounts cost what they should: nothing more an attempt.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "load-tests/measurement.h"

namespace latchkey::load {

struct ScalingSettings {
  Programs programs;
  Load load;
  int rounds = 5;
  std::vector<int> shards;        // primaries of a Cluster; empty: not measured
  std::vector<int64_t> accounts;  // in the embedded store, rising; empty: not measured. At least 10 000 each
};

// JSON: for each number of shards the processor time of Redis and engine an Assess and a login, and how
// evenly keys are spread; for each number of accounts the processor time of an Assess and the memory of the
// process. Shards are each kept as busy as one alone. Says on stderr what it is at. Filling ten million
// accounts takes a minute or two.
absl::StatusOr<std::string> MeasureScaling(const ScalingSettings& settings);

}  // namespace latchkey::load
