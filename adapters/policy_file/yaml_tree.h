// A YAML document as a bounded tree in which every node knows its place in the file.
//
// Only what a policy needs: one document, plain maps, lists and scalars. Anchors, aliases and tags are
// mistakes, so a file cannot unfold into something larger than itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/policy_file/problems.h"

namespace latchkey {

struct YamlField;

struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };
  Kind kind = Kind::kNull;
  TextPosition at;
  std::string text;               // kScalar
  bool quoted = false;            // kScalar: '5' and "5" are text, 5 is a number
  std::vector<YamlNode> items;    // kSequence
  std::vector<YamlField> fields;  // kMap, in the order of the file; a key may stand here twice
};

struct YamlField {
  std::string key;
  TextPosition at;
  YamlNode value;
};

struct YamlBounds {
  size_t bytes_max = size_t{1} << 20U;
  int nodes_max = 20'000;
  int depth_max = 16;
};

// Nothing when the text is no such document at all; the reasons are added to `problems`, which may also
// gain some when a tree is returned.
[[nodiscard]] std::optional<YamlNode> ParseYaml(std::string_view text, const YamlBounds& bounds,
                                                Problems& problems);

// "a map", "a list", "text", "nothing": for messages.
[[nodiscard]] std::string_view YamlKindName(const YamlNode& node);

}  // namespace latchkey
