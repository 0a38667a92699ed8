// The tree of a YAML policy → PolicySpec: DESIGN.md §5's language, key by key.
//
// Reading never stops at a mistake: what could not be read keeps its place in the spec (so that rules[3] is
// the fourth rule of the file) and is said in `problems`.
#pragma once

#include "adapters/policy_file/yaml_tree.h"
#include "engine/policy/rule.h"

namespace latchkey {

[[nodiscard]] PolicySpec ReadPolicySpec(const YamlNode& root, Problems& problems);

// The parts of it.
void ReadLanes(const YamlNode& node, PolicySpec& spec, Problems& problems);
[[nodiscard]] StakesSpec ReadStakes(const YamlNode& node, Problems& problems);
[[nodiscard]] DetectSpec ReadDetect(const YamlNode& node, Problems& problems);
[[nodiscard]] Rule ReadRule(const YamlNode& node, Problems& problems);

}  // namespace latchkey
