#include <stdexcept>

#include "tests/faults/replicated.h"
#include "tests/faults/standalone.h"

namespace latchkey::faults {

std::vector<Fault> AllFaults(int64_t invented) {
  std::vector<Fault> all;
  for (std::vector<Fault>& some :
       std::vector<std::vector<Fault>>{StandaloneFaults(invented), SentinelFaults(), ClusterFaults()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

std::unique_ptr<Site> MakeSite(const std::string& name) {
  if (name == "standalone") return std::make_unique<Standalone>();
  if (name == "sentinel") return MakeSentinels();
  if (name == "cluster") return MakeCluster();
  throw std::runtime_error("no site '" + name + "'");
}

}  // namespace latchkey::faults
