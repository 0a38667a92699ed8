// Where in the file a diagnostic of Policy::Compile belongs.
#pragma once

#include <string_view>
#include <vector>

#include "adapters/policy_file/yaml_tree.h"
#include "engine/policy/rule.h"

namespace latchkey {

// What a path such as "rules[1].limits[0].wait.first" names.
struct YamlPlace {
  const YamlNode* node = nullptr;  // it, or its nearest ancestor that the file has
  const YamlNode* part = nullptr;  // what must have been read well for a diagnostic of it to be believed
};
[[nodiscard]] YamlPlace YamlPlaceOf(std::string_view path, const YamlNode& root);

// Adds the diagnostics at their places, leaving out those of parts that were not read well: what they say may
// come from what stands in for the unread values.
void AddDiagnostics(const std::vector<Diagnostic>& diagnostics, const YamlNode& root, Problems& problems);

}  // namespace latchkey
