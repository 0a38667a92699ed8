// The policy language as tables: its maps, their fields, the values these take. The loader reads by them and
// `latchkey policy schema` prints them, so that what an editor accepts is what the loader accepts.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace latchkey {

struct MapForm;

struct ValueForm {
  enum class Kind : uint8_t {
    kText,
    kIdentifier,   // 1 to 64 of a-z, 0-9, '-', '_', '.'
    kWhole,        // from `min` to `max`
    kShare,        // a number from 0.01 to 1
    kFactor,       // a number from 1 to 1000
    kYesNo,        // true or false
    kDuration,     // "1h30m"
    kWindow,       // a duration or "ever"
    kChoice,       // one of `words`
    kChoices,      // one of `words`, or a list of `min` to `max` different ones (`max` 0: of any length)
    kLanes,        // "all", a lane, or a list of lanes
    kNames,        // a text of at most 64 bytes, or a list of them
    kCountsPer,    // "4 per 24h", or a list of them
    kFailures,     // the same, or a whole number
    kBounds,       // { 24h: 100, consecutive: 100 }
    kPathWeights,  // { imap: 2 }
    kMap,          // `map`
    kMaps,         // a list of `map`, from `min` to `max`; with `min` 0, nothing stands for an empty list
  };
  Kind kind = Kind::kText;
  int64_t min = 0;
  int64_t max = 0;
  std::span<const std::string_view> words;
  const MapForm* map = nullptr;
};

struct FieldForm {
  std::string_view name;
  ValueForm value;
  std::string_view meaning;  // one line, for people
  bool required = false;
};

// What depends on more than one field is said by the readers and, where a schema can say it, by
// cli/policy_schema.cc.
struct MapForm {
  std::string_view name;  // of its definition in the schema
  std::span<const FieldForm> fields;

  // Null when there is no such field.
  [[nodiscard]] const FieldForm* Find(std::string_view field) const;
};

// Words, in the order of the engine's enumerations; a test holds the two together.
extern const std::span<const std::string_view> kCountWords, kKeyWords, kOutcomeWords, kConsequenceWords,
    kModeWords, kOnStoreLossWords, kLaneUntilWords, kUntilWords, kPromiseWords, kLaneWords, kFactorWords,
    kStakeConsequenceWords;

extern const MapForm kPolicyForm, kLanesForm, kDeviceForm, kRecoveredForm, kFamiliarForm, kChallengedForm,
    kStrangerForm, kFactorsForm, kFactorForm, kRuleForm, kWhenForm, kWeightsForm, kLimitForm, kWaitForm,
    kStakesForm, kStakeLimitForm, kDetectForm, kSabotageForm, kSuspectsForm, kStuffingForm, kSprayForm,
    kTargetedForm, kDistributedForm, kLowAndSlowForm, kTokenTheftForm, kLaunderingForm, kKeyFloodForm;

}  // namespace latchkey
