#include <algorithm>
#include <array>
#include <string>

#include "absl/strings/str_cat.h"
#include "adapters/policy_file/fields.h"
#include "adapters/policy_file/policy_spec_reader.h"
#include "adapters/policy_file/values.h"
#include "engine/base/text.h"
#include "engine/policy/check.h"

namespace latchkey {
namespace {

constexpr size_t kNameBytesMax = 64;

// "all", one lane or a list of lanes.
LaneSet ReadLaneSet(const YamlNode& node, Problems& problems) {
  if (node.kind == YamlNode::Kind::kScalar && node.text == "all") return LaneSet::All();
  std::array<std::string_view, kLaneCount + 1> names;
  for (Lane lane : kAllLanes) names[static_cast<size_t>(lane)] = LaneName(lane);
  names[kLaneCount] = "all";
  LaneSet lanes;
  for (const YamlNode& item : ItemsOf(node)) {
    const std::optional<size_t> choice = ReadChoice(item, "a lane", names, problems);
    if (!choice) continue;
    if (*choice == kLaneCount) {
      problems.Add(item.at, "'all' stands alone, not in a list", "write 'all' without brackets");
      continue;
    }
    lanes.Insert(kAllLanes[*choice]);
  }
  if (node.kind == YamlNode::Kind::kSequence && node.items.empty()) {
    problems.Add(node.at, "an empty list of lanes", "name at least one, or 'all'");
  }
  return lanes;
}

std::set<std::string> ReadNames(const YamlNode& node, std::string_view what, Problems& problems) {
  std::set<std::string> names;
  for (const YamlNode& item : ItemsOf(node)) {
    const std::optional<std::string> name = ReadText(item, what, problems);
    if (!name) continue;
    if (name->size() > kNameBytesMax) {
      problems.Add(item.at, absl::StrCat(ToAbsl(what), " is longer than ", kNameBytesMax, " bytes"));
      continue;
    }
    names.insert(*name);
  }
  return names;
}

When ReadWhen(const YamlNode& node, Problems& problems) {
  const Fields fields(node, "'when'", kWhenForm, problems);
  When when;
  if (const YamlNode* paths = fields.Find("path")) when.paths = ReadNames(*paths, "a path", problems);
  if (const YamlNode* groups = fields.Find("group")) when.groups = ReadNames(*groups, "a group", problems);
  if (const YamlNode* popular = fields.Find("popular_password"))
    when.popular_password = ReadYesNo(*popular, "'popular_password' of 'when'", problems).value_or(false);
  if (const YamlNode* factors = fields.Find("factor")) {
    for (const YamlNode& item : ItemsOf(*factors)) {
      const std::optional<size_t> choice = ReadChoice(item, "a factor", kFactorWords, problems);
      if (choice) when.factors.insert(static_cast<Factor>(*choice));
    }
  }
  return when;
}

Weights ReadWeights(const YamlNode& node, Problems& problems) {
  constexpr WholeRange kRange = {.min = 1, .max = 100};
  const Fields fields(node, "'weights'", kWeightsForm, problems);
  Weights weights;
  if (const YamlNode* popular = fields.Find("popular_password")) {
    weights.popular_password =
        ReadWhole(*popular, "the weight of a popular password", kRange, problems).value_or(1);
  }
  if (const YamlNode* paths = fields.Find("path")) {
    if (paths->kind != YamlNode::Kind::kMap)
      Expected(*paths, "'path' of 'weights'", "a map of paths to weights", problems);
    RefuseRepeated(*paths, "the weights of paths", problems);
    for (const YamlField& field : paths->fields) {
      const auto weight =
          ReadWhole(field.value, absl::StrCat("the weight of path '", field.key, "'"), kRange, problems);
      if (weight) weights.paths[field.key] = *weight;
    }
  }
  return weights;
}

Wait ReadWait(const YamlNode& node, Problems& problems) {
  constexpr double kFactor = 2;
  const Fields fields(node, "a wait", kWaitForm, problems);
  Wait wait;
  wait.factor = kFactor;
  if (const YamlNode* first =
          fields.Require("first", "say how long the first one is, such as 'first: 30s'")) {
    wait.first = ReadDuration(*first, "'first' of a wait", problems).value_or(Duration(1000));
    wait.max = wait.first;
  }
  if (const YamlNode* factor = fields.Find("factor")) {
    wait.factor =
        ReadNumber(*factor, "'factor' of a wait", {.min = 1, .max = 1000}, problems).value_or(kFactor);
  }
  if (const YamlNode* max = fields.Find("max")) {
    const std::optional<Duration> longest = ReadDuration(*max, "'max' of a wait", problems);
    if (longest && *longest < wait.first) {
      problems.Add(max->at, "'max' of a wait is shorter than its 'first'", "make 'max' at least as long");
    } else if (longest) {
      wait.max = *longest;
    }
  } else if (wait.factor > 1 && fields.is_map() && fields.Find("first") != nullptr) {
    problems.Add(node.at, "a growing wait has no 'max'",
                 "say where it stops, such as 'max: 1h', or 'factor: 1'");
  }
  return wait;
}

void ReadWindow(const Fields& fields, RuleLimit& limit, Problems& problems) {
  const YamlNode* until = fields.Find("until");
  if (until != nullptr) {
    const std::optional<size_t> choice =
        ReadChoice(*until, "what ends an 'ever' count", kUntilWords, problems);
    if (choice) limit.until = *choice == 0 ? Until::kSuccess : Until::kOperator;
  }
  const YamlNode* quiet = fields.Find("quiet");
  if (quiet != nullptr) {
    limit.limit.quiet = ReadDuration(*quiet, "'quiet' of a limit", problems).value_or(Duration(1000));
  }
  const YamlNode* window = fields.Require("in", "say in which time, such as 'in: 1h', or 'in: ever'");
  if (window == nullptr) return;
  if (window->text == "ever") {
    if (until == nullptr && quiet == nullptr) {
      problems.Add(window->at, "'in: ever' has no end",
                   "add 'until: success', 'until: operator' or 'quiet: 12h'");
    }
    return;
  }
  limit.limit.window = ReadDuration(*window, "'in' of a limit", problems).value_or(Duration(1));
  if (until != nullptr) {
    problems.Add(until->at, "'until' belongs to 'in: ever'", "a window ends by itself: leave 'until' out");
  }
}

// "least_interval: 2s" says "no second one within 2s": above 1 in 2s.
void ReadLeastInterval(const Fields& fields, const YamlNode& node, RuleLimit& limit, Problems& problems) {
  limit.limit.above = 1;
  limit.limit.window = ReadDuration(node, "'least_interval'", problems).value_or(Duration(1));
  for (const std::string_view other : {"above", "in", "until", "quiet"}) {
    const YamlNode* found = fields.Find(other);
    if (found == nullptr) continue;
    problems.Add(found->at, absl::StrCat("'", ToAbsl(other), "' beside 'least_interval'"),
                 "'least_interval: 2s' is short for 'above: 1, in: 2s': keep one of the two");
  }
}

void ReadConsequence(const Fields& fields, RuleLimit& limit, Problems& problems) {
  const YamlNode* then = fields.Require("then", "one of: challenge, throttle, lockout");
  const std::optional<size_t> choice =
      then == nullptr ? std::nullopt : ReadChoice(*then, "what a limit can do", kConsequenceWords, problems);
  if (choice) limit.limit.then = static_cast<Consequence>(*choice);
  const YamlNode* hold = fields.Find("for");
  const YamlNode* wait = fields.Find("wait");
  if (hold != nullptr) {
    limit.limit.hold = ReadDuration(*hold, "'for' of a limit", problems).value_or(Duration(0));
    if (choice && limit.limit.then != Consequence::kLockout) {
      problems.Add(hold->at, "'for' belongs to 'then: lockout'", "leave it out: the window says how long");
      limit.limit.hold = Duration(0);
    }
  }
  if (wait != nullptr) {
    limit.limit.wait = ReadWait(*wait, problems);
    if (choice && limit.limit.then != Consequence::kThrottle) {
      problems.Add(wait->at, "'wait' belongs to 'then: throttle'", "leave it out, or throttle");
      limit.limit.wait = {};
    }
  } else if (choice && limit.limit.then == Consequence::kThrottle) {
    if (fields.Find("least_interval") != nullptr) {
      limit.limit.wait = {.first = limit.limit.window, .factor = 1, .max = limit.limit.window};
    } else {
      problems.Add(then->at, "'then: throttle' has no 'wait'",
                   "add 'wait: { first: 30s, factor: 2, max: 1h }'");
    }
  }
}

RuleLimit ReadLimit(const YamlNode& node, LaneSet to, Problems& problems) {
  const Fields fields(node, "a limit", kLimitForm, problems);
  RuleLimit limit;
  limit.to = to;
  if (!fields.is_map()) return limit;
  if (const YamlNode* interval = fields.Find("least_interval")) {
    ReadLeastInterval(fields, *interval, limit, problems);
  } else {
    if (const YamlNode* above = fields.Require("above", "say how many are admitted, such as 'above: 5'")) {
      limit.limit.above = ReadWhole(*above, "'above' of a limit", {.min = 0}, problems).value_or(1);
    }
    ReadWindow(fields, limit, problems);
  }
  ReadConsequence(fields, limit, problems);
  if (const YamlNode* lanes = fields.Find("to")) limit.to = ReadLaneSet(*lanes, problems);
  return limit;
}

void ReadLimits(const YamlNode& node, LaneSet to, Rule& rule, Problems& problems) {
  if (node.kind != YamlNode::Kind::kSequence) return Expected(node, "'limits'", "a list of limits", problems);
  if (node.items.empty())
    return problems.Add(node.at, "'limits' is empty", "a rule without a limit does nothing");
  if (node.items.size() > kLimitsMax) {
    problems.Add(node.at, absl::StrCat(node.items.size(), " limits in one rule"),
                 absl::StrCat("at most ", kLimitsMax));
    return;
  }
  for (const YamlNode& item : node.items) rule.limits.push_back(ReadLimit(item, to, problems));
}

void ReadBy(const YamlNode& node, Rule& rule, Problems& problems) {
  for (const YamlNode& item : ItemsOf(node)) {
    const std::optional<size_t> choice = ReadChoice(item, "what can be counted by", kKeyWords, problems);
    if (choice) rule.by.push_back(static_cast<KeyKind>(*choice));
  }
}

}  // namespace

Rule ReadRule(const YamlNode& node, Problems& problems) {
  const Fields fields(node, "a rule", kRuleForm, problems);
  Rule rule;
  if (!fields.is_map()) return rule;
  if (const YamlNode* id = fields.Require("id", "name it: answers and metrics say which rule spoke")) {
    rule.id = ReadText(*id, "'id' of a rule", problems).value_or("");
  }
  if (const YamlNode* count = fields.Require("count", "say what is counted, such as 'count: failures'")) {
    if (const auto choice = ReadChoice(*count, "what can be counted", kCountWords, problems)) {
      rule.count = static_cast<CountKind>(*choice);
    }
  }
  if (const YamlNode* by = fields.Require("by", "say by what key, such as 'by: [account]'"))
    ReadBy(*by, rule, problems);
  if (const YamlNode* from = fields.Require(
          "from", "say whose attempts are counted, such as 'from: [stranger]' or 'from: all'")) {
    rule.from = ReadLaneSet(*from, problems);
  }
  if (const YamlNode* outcome = fields.Find("outcome")) {
    if (const auto choice = ReadChoice(*outcome, "an outcome", kOutcomeWords, problems)) {
      rule.outcome = static_cast<OutcomeFilter>(*choice);
    }
  }
  if (const YamlNode* when = fields.Find("when")) rule.when = ReadWhen(*when, problems);
  if (const YamlNode* weights = fields.Find("weights")) rule.weights = ReadWeights(*weights, problems);
  if (const YamlNode* mode = fields.Find("mode")) {
    if (const auto choice = ReadChoice(*mode, "a mode", kModeWords, problems))
      rule.mode = static_cast<Mode>(*choice);
  }
  LaneSet to;
  if (const YamlNode* lanes = fields.Find("to")) to = ReadLaneSet(*lanes, problems);
  if (const YamlNode* limits = fields.Require("limits", "say what happens past how many")) {
    ReadLimits(*limits, to, rule, problems);
  }
  return rule;
}

}  // namespace latchkey
