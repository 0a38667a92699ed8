#include <stdexcept>

#include "tests/faults/standalone.h"

namespace latchkey::faults {

std::vector<Fault> AllFaults() { return StandaloneFaults(); }

std::unique_ptr<Site> MakeSite(const std::string& name) {
  if (name == "standalone") return std::make_unique<Standalone>();
  throw std::runtime_error("no site '" + name + "'");
}

}  // namespace latchkey::faults
