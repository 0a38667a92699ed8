#include <string>

#include "absl/strings/str_cat.h"
#include "adapters/policy_file/fields.h"
#include "adapters/policy_file/policy_spec_reader.h"
#include "adapters/policy_file/values.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

constexpr Duration kTokenLifeMax = std::chrono::hours(24 * 730);

// "5" with `until: success`, or "[4 per 24h, 16 per 30d]".
void ReadFailures(const Fields& lane, const std::string& what, LaneBudget& budget, Problems& problems) {
  const YamlNode* failures = lane.Require(
      "failures", "every lane wants a budget: '[4 per 24h, 16 per 30d]', or '5' with 'until: success'");
  const YamlNode* until = lane.Find("until");
  if (until != nullptr) {
    if (!ReadChoice(*until, absl::StrCat("what ends the count of ", what), kLaneUntilWords, problems)) return;
  }
  if (failures == nullptr) return;
  const std::string name = absl::StrCat("'failures' of ", what);
  const bool windowed =
      failures->kind == YamlNode::Kind::kSequence || failures->text.find(" per ") != std::string::npos;
  if (windowed) {
    for (const CountPer& count : ReadCountsPer(*failures, name, problems)) {
      budget.failures.push_back({.count = count.count, .window = count.window});
    }
    if (until != nullptr) {
      problems.Add(until->at, absl::StrCat(what, " has windows and 'until: success'"),
                   "a window ends by itself: leave 'until' out, or write one number of failures");
    }
    return;
  }
  const std::optional<int64_t> count = ReadWhole(*failures, name, {.min = 1, .max = 1000}, problems);
  if (!count) return;
  budget.consecutive = *count;
  if (until == nullptr) {
    problems.Add(failures->at, absl::StrCat(name, " is a number without an end"),
                 absl::StrCat("add 'until: success', or say in which time: '[", *count, " per 24h]'"));
  }
}

void ReadBudget(const Fields& lane, const std::string& what, LaneBudget& budget, Problems& problems) {
  ReadFailures(lane, what, budget, problems);
  if (const YamlNode* node = lane.Find("on_store_loss")) {
    if (const auto choice =
            ReadChoice(*node, "what a lane does without its store", kOnStoreLossWords, problems)) {
      budget.on_store_loss = static_cast<OnStoreLoss>(*choice);
    }
  }
}

void ReadTtl(const Fields& lane, std::string_view key, const std::string& what, Duration& value,
             Problems& problems) {
  const YamlNode* node = lane.Find(key);
  if (node == nullptr) return;
  const std::string name = absl::StrCat("'", ToAbsl(key), "' of ", what);
  const std::optional<Duration> read = ReadDuration(*node, name, problems);
  if (!read) return;
  if (*read > kTokenLifeMax) return problems.Add(node->at, absl::StrCat(name, " is longer than 730d"));
  value = *read;
}

void ReadSlots(const Fields& lane, std::string_view key, const std::string& what, int64_t& value,
               Problems& problems) {
  const YamlNode* node = lane.Find(key);
  if (node == nullptr) return;
  const std::string name = absl::StrCat("'", ToAbsl(key), "' of ", what);
  if (const auto read = ReadWhole(*node, name, {.min = 1, .max = 64}, problems)) value = *read;
}

void ReadDevice(const YamlNode& node, DeviceLane& lane, Problems& problems) {
  const std::string what = "lane 'device'";
  const Fields fields(node, what, kDeviceForm, problems);
  ReadBudget(fields, what, lane, problems);
  ReadSlots(fields, "devices", what, lane.devices, problems);
  ReadTtl(fields, "token_ttl", what, lane.token_ttl, problems);
}

void ReadRecovered(const YamlNode& node, RecoveredLane& lane, Problems& problems) {
  const std::string what = "lane 'recovered'";
  const Fields fields(node, what, kRecoveredForm, problems);
  ReadBudget(fields, what, lane, problems);
  ReadTtl(fields, "token_ttl", what, lane.token_ttl, problems);
  const YamlNode* recoveries =
      fields.Require("recoveries", "say how many, such as 'recoveries: [2 per 24h, 8 per 30d]'");
  if (recoveries == nullptr) return;
  for (const CountPer& count : ReadCountsPer(*recoveries, absl::StrCat("'recoveries' of ", what), problems)) {
    lane.recoveries.push_back({.count = count.count, .window = count.window});
  }
}

void ReadFamiliar(const YamlNode& node, FamiliarLane& lane, Problems& problems) {
  const std::string what = "lane 'familiar'";
  const Fields fields(node, what, kFamiliarForm, problems);
  ReadBudget(fields, what, lane, problems);
  ReadSlots(fields, "sources", what, lane.sources, problems);
  ReadTtl(fields, "remember", what, lane.remember, problems);
}

void ReadChallenged(const YamlNode& node, ChallengedLane& lane, Problems& problems) {
  const std::string what = "lane 'challenged'";
  const Fields fields(node, what, kChallengedForm, problems);
  ReadBudget(fields, what, lane, problems);
  ReadTtl(fields, "valid", what, lane.valid, problems);
}

void ReadStranger(const YamlNode& node, StrangerLane& lane, Problems& problems) {
  const std::string what = "lane 'stranger'";
  const Fields fields(node, what, kStrangerForm, problems);
  ReadBudget(fields, what, lane, problems);
}

}  // namespace

void ReadLanes(const YamlNode& node, PolicySpec& spec, Problems& problems) {
  const Fields fields(node, "'lanes'", kLanesForm, problems);
  const std::string mend = "every lane wants a budget";
  if (const YamlNode* lane = fields.Require("device", mend)) ReadDevice(*lane, spec.device, problems);
  if (const YamlNode* lane = fields.Require("recovered", mend))
    ReadRecovered(*lane, spec.recovered, problems);
  if (const YamlNode* lane = fields.Require("familiar", mend)) ReadFamiliar(*lane, spec.familiar, problems);
  if (const YamlNode* lane = fields.Require("challenged", mend))
    ReadChallenged(*lane, spec.challenged, problems);
  if (const YamlNode* lane = fields.Require("stranger", mend)) ReadStranger(*lane, spec.stranger, problems);
}

}  // namespace latchkey
