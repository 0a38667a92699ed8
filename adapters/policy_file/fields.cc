#include "adapters/policy_file/fields.h"

#include <algorithm>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/policy_file/suggest.h"
#include "adapters/policy_file/values.h"
#include "engine/base/check.h"
#include "engine/base/text.h"

namespace latchkey {

void RefuseRepeated(const YamlNode& map, std::string_view what, Problems& problems) {
  std::map<std::string_view, int> first_lines;
  for (const YamlField& field : map.fields) {
    const auto [first, is_new] = first_lines.emplace(field.key, field.at.line);
    if (is_new) continue;
    problems.Add(field.at, absl::StrCat("'", field.key, "' is said twice in ", ToAbsl(what)),
                 absl::StrCat("it was first said on line ", first->second));
  }
}

Fields::Fields(const YamlNode& node, std::string_view what, const MapForm& form, Problems& problems)
    : node_(node), form_(form), what_(what), problems_(problems) {
  if (!is_map()) {
    Expected(node, what, "a map of keys and values", problems);
    return;
  }
  RefuseRepeated(node, what, problems);
  std::vector<std::string_view> known;
  for (const FieldForm& field : form.fields) known.push_back(field.name);
  for (const YamlField& field : node.fields) {
    if (form.Find(field.key) != nullptr) continue;
    problems.Add(field.at, absl::StrCat("unknown key '", field.key.substr(0, 60), "' in ", what_),
                 Suggest(field.key, known));
  }
}

const YamlNode* Fields::Find(std::string_view key) const {
  LATCHKEY_CHECK(form_.Find(key) != nullptr);
  for (const YamlField& field : node_.fields) {
    if (field.key == key) return &field.value;
  }
  return nullptr;
}

const YamlNode* Fields::Require(std::string_view key, std::string_view mend) const {
  const YamlNode* value = Find(key);
  if (value == nullptr && is_map()) {
    problems_.Add(node_.at, absl::StrCat(what_, " has no '", ToAbsl(key), "'"), std::string(mend));
  }
  return value;
}

}  // namespace latchkey
