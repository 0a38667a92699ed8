// Scenarios of the lab from YAML: everything that is wrong at once, with line and column.
#pragma once

#include <string>

#include "engine/lab/scenario.h"

namespace latchkey {

// Thread-safe: keeps nothing.
class YamlScenarioReader final : public lab::ScenarioReader {
 public:
  // `file` names the text in messages; without folder and ending it is the scenario's name.
  [[nodiscard]] absl::StatusOr<lab::Scenario> Read(std::string_view file,
                                                   std::string_view text) const override;
};

// Reads the file and then the scenario. kNotFound when there is no such file.
[[nodiscard]] absl::StatusOr<lab::Scenario> ReadScenarioFile(const std::string& path);

}  // namespace latchkey
