#include "adapters/policy_file/policy_spec_reader.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "adapters/policy_file/fields.h"
#include "adapters/policy_file/values.h"
#include "engine/base/text.h"
#include "engine/policy/check.h"

namespace latchkey {
namespace {

// "{ 24h: 100, 30d: 300, consecutive: 100 }"
void ReadBounds(const YamlNode& node, PolicySpec& spec, Problems& problems) {
  if (node.kind != YamlNode::Kind::kMap)
    return Expected(node, "'bounds'", "a map such as { 24h: 100, 30d: 300 }", problems);
  RefuseRepeated(node, "'bounds'", problems);
  for (const YamlField& field : node.fields) {
    const auto count = ReadWhole(field.value, absl::StrCat("the bound of '", field.key, "'"), {}, problems);
    if (field.key == "consecutive") {
      if (count) spec.consecutive_bound = *count;
      continue;
    }
    const std::optional<Duration> span = DurationFromText(field.key);
    if (!span || *span <= Duration::zero()) {
      problems.Add(field.at, absl::StrCat("'", field.key.substr(0, 60), "' is not a span"),
                   "write a duration such as 24h or 30d, or 'consecutive'");
      continue;
    }
    if (count && !spec.bounds.emplace(*span, *count).second) {
      problems.Add(field.at, absl::StrCat("'", field.key, "' is a span that 'bounds' has already"));
    }
  }
}

void ReadAcceptedRisks(const YamlNode& node, PolicySpec& spec, Problems& problems) {
  for (const YamlNode& item : ItemsOf(node)) {
    const auto choice = ReadChoice(item, "a promise", kPromiseWords, problems);
    if (choice) spec.accept_risk.emplace(kPromiseWords[*choice]);
  }
}

// "{ one_time_code: { failures: [5 per 15m, 20 per 24h] } }"
void ReadFactors(const YamlNode& node, PolicySpec& spec, Problems& problems) {
  const Fields factors(node, "'factors' (a password's budgets are its lanes')", kFactorsForm, problems);
  for (const FieldForm& field : kFactorsForm.fields) {
    const std::string_view name = field.name;
    const YamlNode* factor = factors.Find(name);
    if (factor == nullptr) continue;
    const std::string what = absl::StrCat("factor '", ToAbsl(name), "'");
    const Fields fields(*factor, what, kFactorForm, problems);
    const YamlNode* failures = fields.Require("failures", "such as 'failures: [5 per 15m, 20 per 24h]'");
    if (failures == nullptr) continue;
    FactorBudget& budget = spec.factors[*FactorFromName(name)];
    for (const CountPer& count : ReadCountsPer(*failures, absl::StrCat("'failures' of ", what), problems)) {
      budget.failures.push_back({.count = count.count, .window = count.window});
    }
  }
}

void ReadRules(const YamlNode& node, PolicySpec& spec, Problems& problems) {
  if (node.kind == YamlNode::Kind::kNull) return;
  if (node.kind != YamlNode::Kind::kSequence) return Expected(node, "'rules'", "a list of rules", problems);
  if (node.items.size() > kRulesMax) {
    problems.Add(node.at, absl::StrCat(node.items.size(), " rules"), absl::StrCat("at most ", kRulesMax));
    return;
  }
  for (const YamlNode& item : node.items) spec.rules.push_back(ReadRule(item, problems));
}

}  // namespace

PolicySpec ReadPolicySpec(const YamlNode& root, Problems& problems) {
  PolicySpec spec;
  const Fields fields(root, "a policy", kPolicyForm, problems);
  if (!fields.is_map()) return spec;
  if (const YamlNode* version = fields.Require("version", "begin with 'version: 1'")) {
    spec.version = ReadWhole(*version, "'version'", {}, problems).value_or(1);
  }
  if (const YamlNode* name = fields.Require("name", "such as 'name: storefront'")) {
    spec.name = ReadText(*name, "'name'", problems).value_or("");
  }
  if (const YamlNode* bounds =
          fields.Require("bounds", "NIST's hundred a day would be 'bounds: { 24h: 100 }'")) {
    ReadBounds(*bounds, spec, problems);
  }
  if (const YamlNode* lanes = fields.Require("lanes", "every lane wants a budget"))
    ReadLanes(*lanes, spec, problems);
  if (const YamlNode* factors = fields.Find("factors")) ReadFactors(*factors, spec, problems);
  if (const YamlNode* risks = fields.Find("accept_risk")) ReadAcceptedRisks(*risks, spec, problems);
  if (const YamlNode* share = fields.Find("local_share")) {
    const std::optional<double> read = ReadNumber(*share, "'local_share'", {.min = 0.01, .max = 1}, problems);
    if (read) spec.local_share = *read;
  }
  if (const YamlNode* rules = fields.Find("rules")) ReadRules(*rules, spec, problems);
  if (const YamlNode* stakes = fields.Find("stakes")) spec.stakes = ReadStakes(*stakes, problems);
  if (const YamlNode* detect = fields.Find("detect")) spec.detect = ReadDetect(*detect, problems);
  return spec;
}

}  // namespace latchkey
