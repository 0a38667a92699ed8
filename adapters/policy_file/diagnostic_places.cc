#include "adapters/policy_file/diagnostic_places.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace latchkey {
namespace {

// Takes "rules", "[1]", "limits", … off the front of a path, without dots and brackets.
std::string_view TakeStep(std::string_view& path) {
  while (!path.empty() && (path.front() == '.' || path.front() == '[' || path.front() == ']'))
    path.remove_prefix(1);
  const std::string_view step = path.substr(0, path.find_first_of(".[]"));
  path.remove_prefix(step.size());
  return step;
}

const YamlNode* Child(const YamlNode& node, std::string_view step) {
  for (const YamlField& field : node.fields) {
    if (field.key == step) return &field.value;
  }
  size_t index = 0;
  const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
  if (error != std::errc() || end != step.data() + step.size() || index >= node.items.size()) return nullptr;
  return &node.items[index];
}

TextPosition LastPosition(const YamlNode& node) {
  TextPosition last = node.at;
  for (const YamlNode& item : node.items) last = std::max(last, LastPosition(item));
  for (const YamlField& field : node.fields) last = std::max({last, field.at, LastPosition(field.value)});
  return last;
}

bool AnyWithin(const std::vector<PolicyProblem>& found, const YamlNode& node) {
  const TextPosition last = LastPosition(node);
  return std::any_of(found.begin(), found.end(), [&](const PolicyProblem& problem) {
    return !(problem.at < node.at) && !(last < problem.at);
  });
}

}  // namespace

YamlPlace YamlPlaceOf(std::string_view path, const YamlNode& root) {
  // Depths at which a part begins: "lanes", "rules[1]" and "lanes.device", "rules[1].limits[0]".
  constexpr std::array<int, 3> kPartDepths = {1, 2, 4};
  YamlPlace place{.node = &root, .part = &root};
  for (int depth = 1; !path.empty(); ++depth) {
    const YamlNode* child = Child(*place.node, TakeStep(path));
    if (child == nullptr) return place;
    place.node = child;
    const bool begins = std::find(kPartDepths.begin(), kPartDepths.end(), depth) != kPartDepths.end();
    if (begins && child->kind == YamlNode::Kind::kMap) place.part = child;
  }
  place.part = place.node;  // The very value is there: it speaks for itself.
  return place;
}

void AddDiagnostics(const std::vector<Diagnostic>& diagnostics, const YamlNode& root, Problems& problems) {
  const std::vector<PolicyProblem> found = problems.Sorted();
  for (const Diagnostic& diagnostic : diagnostics) {
    const YamlPlace place = YamlPlaceOf(diagnostic.path, root);
    if (!AnyWithin(found, *place.part)) problems.Add(place.node->at, diagnostic.message, diagnostic.mend);
  }
}

}  // namespace latchkey
