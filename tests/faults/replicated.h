// A primary with replicas that Sentinels watch, and a Redis Cluster: what fails over.
#pragma once

#include "tests/faults/faults.h"

namespace latchkey::faults {

[[nodiscard]] std::unique_ptr<Site> MakeSentinels();
[[nodiscard]] std::unique_ptr<Site> MakeCluster();
[[nodiscard]] std::vector<Fault> SentinelFaults();
[[nodiscard]] std::vector<Fault> ClusterFaults();

}  // namespace latchkey::faults
