// A map whose form is known: unknown, repeated and missing keys are mistakes.
#pragma once

#include <string>
#include <string_view>

#include "adapters/policy_file/language.h"
#include "adapters/policy_file/yaml_tree.h"

namespace latchkey {

// Thread-compatible. Keeps references to what it is built from.
class Fields {
 public:
  // `what` names the map in messages ("a limit"). Says at once what is no map, repeated or unknown.
  Fields(const YamlNode& node, std::string_view what, const MapForm& form, Problems& problems);

  // Nothing when absent. Requires: a field of the form, here and below.
  [[nodiscard]] const YamlNode* Find(std::string_view key) const;
  // Absence is a mistake: "a limit has no 'above'; MEND".
  [[nodiscard]] const YamlNode* Require(std::string_view key, std::string_view mend) const;
  [[nodiscard]] bool is_map() const { return node_.kind == YamlNode::Kind::kMap; }

 private:
  const YamlNode& node_;
  const MapForm& form_;
  std::string what_;
  Problems& problems_;
};

// Says which keys of a map stand there twice: the later one would silently win elsewhere.
void RefuseRepeated(const YamlNode& map, std::string_view what, Problems& problems);

}  // namespace latchkey
