#include <optional>

#include "absl/strings/str_cat.h"
#include "adapters/policy_file/fields.h"
#include "adapters/policy_file/policy_spec_reader.h"
#include "adapters/policy_file/values.h"
#include "engine/policy/check.h"

namespace latchkey {
namespace {

// "{ above: 1, in: 15m, then: challenge }"
Limit ReadStakeLimit(const YamlNode& node, Problems& problems) {
  Limit limit{.above = 1, .window = Duration(1000), .then = Consequence::kChallenge};
  const Fields fields(node, "a limit of 'stakes'", kStakeLimitForm, problems);
  if (!fields.is_map()) return limit;
  if (const YamlNode* above =
          fields.Require("above", "say how many failures of strangers go without, such as 'above: 1'")) {
    limit.above =
        ReadWhole(*above, "'above' of 'stakes'", {.min = 0, .max = kAboveAccountMax}, problems).value_or(1);
  }
  if (const YamlNode* window = fields.Require("in", "say in which time, such as 'in: 15m'"))
    limit.window = ReadDuration(*window, "'in' of 'stakes'", problems).value_or(limit.window);
  const YamlNode* then = fields.Require("then", "write 'then: challenge': a stake does no more");
  if (then != nullptr && then->text != kStakeConsequenceWords.front()) {
    problems.Add(then->at, "a stake only ever has strangers challenged: nobody is kept out for it",
                 "write 'then: challenge', and what throttles or locks out as a rule");
  }
  return limit;
}

}  // namespace

StakesSpec ReadStakes(const YamlNode& node, Problems& problems) {
  const Fields fields(node, "'stakes'", kStakesForm, problems);
  StakesSpec spec;
  if (!fields.is_map()) return spec;
  if (const YamlNode* mode = fields.Find("mode")) {
    if (const auto choice = ReadChoice(*mode, "a mode", kModeWords, problems))
      spec.mode = static_cast<Mode>(*choice);
  }
  const YamlNode* limits = fields.Require("limits",
                                          "say when strangers are challenged, such as "
                                          "'limits: [ { above: 1, in: 15m, then: challenge } ]'");
  if (limits == nullptr) return spec;
  if (limits->kind != YamlNode::Kind::kSequence) {
    Expected(*limits, "'limits' of 'stakes'", "a list of limits", problems);
    return spec;
  }
  if (limits->items.empty()) problems.Add(limits->at, "'limits' of 'stakes' is empty", "leave 'stakes' out");
  if (limits->items.size() > kLimitsMax) {
    problems.Add(limits->at, absl::StrCat(limits->items.size(), " limits in 'stakes'"),
                 absl::StrCat("at most ", kLimitsMax));
    return spec;
  }
  for (const YamlNode& item : limits->items) spec.limits.push_back(ReadStakeLimit(item, problems));
  return spec;
}

}  // namespace latchkey
