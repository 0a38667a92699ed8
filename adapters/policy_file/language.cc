#include "adapters/policy_file/language.h"

#include <algorithm>
#include <array>

#include "engine/policy/check.h"

namespace latchkey {
namespace {

using Kind = ValueForm::Kind;
using Words = std::string_view;

constexpr std::array<Words, 6> kCounts = {
    "attempts", "failures", "successes", "distinct accounts", "distinct password-tags", "distinct sources"};
constexpr std::array<Words, 6> kKeys = {"account", "source", "network", "asn", "device", "tenant"};
constexpr std::array<Words, 3> kOutcomes = {"any", "failure", "success"};
constexpr std::array<Words, 3> kConsequences = {"challenge", "throttle", "lockout"};
constexpr std::array<Words, 2> kModes = {"enforce", "shadow"};
constexpr std::array<Words, 4> kOnStoreLoss = {"allow", "local", "challenge", "refuse"};
constexpr std::array<Words, 1> kLaneUntil = {"success"};
constexpr std::array<Words, 2> kUntil = {"success", "operator"};
constexpr std::array<Words, 11> kPromises = {"P1", "P2", "P3", "P4",  "P5", "P6",
                                             "P7", "P8", "P9", "P10", "P11"};
constexpr std::array<Words, 5> kLanes = {"device", "recovered", "familiar", "challenged", "stranger"};
constexpr std::array<Words, 5> kFactors = {"password", "one_time_code", "recovery_code", "passkey",
                                           "certificate"};

constexpr ValueForm Of(Kind kind) { return {.kind = kind}; }
constexpr ValueForm Whole(int64_t min, int64_t max) { return {.kind = Kind::kWhole, .min = min, .max = max}; }
constexpr ValueForm OneOf(std::span<const Words> words) { return {.kind = Kind::kChoice, .words = words}; }
constexpr ValueForm SomeOf(std::span<const Words> words) { return {.kind = Kind::kChoices, .words = words}; }
constexpr ValueForm Map(const MapForm& map) { return {.kind = Kind::kMap, .map = &map}; }
constexpr ValueForm Maps(const MapForm& map, int64_t min, int64_t max) {
  return {.kind = Kind::kMaps, .min = min, .max = max, .map = &map};
}
constexpr bool kRequired = true;

// What every lane has.
constexpr FieldForm kFailures = {
    "failures",
    {.kind = Kind::kFailures, .min = 1, .max = kAboveAccountMax},
    "budget: windows such as [4 per 24h, 16 per 30d], or one number with 'until: success'",
    kRequired};
constexpr FieldForm kLaneEnd = {"until", OneOf(kLaneUntil), "what clears a budget that is one number"};
constexpr FieldForm kLoss = {"on_store_loss", OneOf(kOnStoreLoss),
                             "what the lane answers without its store (local)"};

const FieldForm kDeviceFields[] = {
    kFailures,
    kLaneEnd,
    {"devices", Whole(1, kSlotsMax), "how many device tokens of an account count at once (6)"},
    {"token_ttl", Of(Kind::kDuration), "how long a device token lives after its last use (90d)"},
    kLoss};
const FieldForm kRecoveredFields[] = {
    kFailures,
    kLaneEnd,
    {"recoveries", Of(Kind::kCountsPer), "how many recoveries an account may open", kRequired},
    {"token_ttl", Of(Kind::kDuration), "how long a recovery stays open (1h)"},
    kLoss};
const FieldForm kFamiliarFields[] = {
    kFailures,
    kLaneEnd,
    {"sources", Whole(1, kSlotsMax), "how many sources of an account are familiar at once (5)"},
    {"remember", Of(Kind::kDuration), "how long a source stays familiar after its last login (30d)"},
    kLoss};
const FieldForm kChallengedFields[] = {
    kFailures,
    kLaneEnd,
    {"valid", Of(Kind::kDuration), "how long a challenge may be brought back (10m)"},
    kLoss};
const FieldForm kStrangerFields[] = {kFailures, kLaneEnd, kLoss};

const FieldForm kLanesFields[] = {
    {"device", Map(kDeviceForm), "attempts with a valid device token of this account", kRequired},
    {"recovered", Map(kRecoveredForm), "attempts of an owner who has just proved himself out of band",
     kRequired},
    {"familiar", Map(kFamiliarForm), "attempts from a source where this account has logged in", kRequired},
    {"challenged", Map(kChallengedForm), "attempts for which a challenge was passed", kRequired},
    {"stranger", Map(kStrangerForm), "all other attempts", kRequired}};

const FieldForm kFactorFields[] = {
    {"failures", Of(Kind::kCountsPer), "budget, such as [10 per 24h, 30 per 30d]", kRequired}};
const FieldForm kFactorsFields[] = {
    {"one_time_code", Map(kFactorForm), "wrong one-time codes of an account"},
    {"recovery_code", Map(kFactorForm), "wrong recovery codes of an account"}};

const FieldForm kWaitFields[] = {
    {"first", Of(Kind::kDuration), "the first wait", kRequired},
    {"factor", Of(Kind::kFactor), "how much longer each wait is than the one before (2)"},
    {"max", Of(Kind::kDuration), "the longest wait; wanted unless the factor is 1"}};

const FieldForm kLimitFields[] = {
    {"above", Whole(0, kAboveMax), "how many are admitted"},
    {"in", Of(Kind::kWindow), "in which time, or ever"},
    {"until", OneOf(kUntil), "what clears an 'ever' count"},
    {"quiet", Of(Kind::kDuration), "a charge this long after the one before begins an 'ever' count anew"},
    {"then", OneOf(kConsequences), "what happens past it", kRequired},
    {"for", Of(Kind::kDuration), "a lockout lasts at least this long"},
    {"wait", Map(kWaitForm), "a throttle admits one attempt a wait"},
    {"to", Of(Kind::kLanes), "lanes that it applies to; those of the rule unless said"},
    {"least_interval", Of(Kind::kDuration), "short for 'above: 1' in this time"}};

const FieldForm kWhenFields[] = {
    {"path", Of(Kind::kNames), "only attempts on these paths"},
    {"factor", SomeOf(kFactors), "only attempts with these factors (password)"},
    {"group", Of(Kind::kNames), "only accounts of these groups"},
    {"popular_password", Of(Kind::kYesNo), "only passwords that the caller calls popular"}};

const FieldForm kWeightsFields[] = {
    {"popular_password", Whole(1, kWeightMax), "what a popular password adds to the count (1)"},
    {"path",
     {.kind = Kind::kPathWeights, .min = 1, .max = kWeightMax},
     "what an attempt on a path adds (1)"}};

const FieldForm kRuleFields[] = {
    {"id", Of(Kind::kIdentifier), "its name in answers and metrics", kRequired},
    {"count", OneOf(kCounts), "what is counted", kRequired},
    {"by",
     {.kind = Kind::kChoices, .min = 1, .max = 2, .words = kKeys},
     "by which key, or pair of keys",
     kRequired},
    {"from", Of(Kind::kLanes), "lanes whose attempts are counted", kRequired},
    {"to", Of(Kind::kLanes), "lanes that the limits apply to; those of 'from' unless said"},
    {"outcome", OneOf(kOutcomes), "of a distinct count: which attempts (any)"},
    {"when", Map(kWhenForm), "only attempts like these"},
    {"weights", Map(kWeightsForm), "what one attempt adds to the count"},
    {"mode", OneOf(kModes), "shadow: reported, never enforced (enforce)"},
    {"limits", Maps(kLimitForm, 1, static_cast<int64_t>(kLimitsMax)), "what happens past how many",
     kRequired}};

const FieldForm kPolicyFields[] = {
    {"version", Whole(1, 1), "of this language", kRequired},
    {"name", Of(Kind::kIdentifier), "in answers and metrics", kRequired},
    {"bounds", Of(Kind::kBounds), "verified wrong passwords of one account that the policy admits at most",
     kRequired},
    {"lanes", Map(kLanesForm), "budgets, by what an attempt has proved", kRequired},
    {"rules", Maps(kRuleForm, 0, static_cast<int64_t>(kRulesMax)),
     "what is counted, and what happens past it"},
    {"factors", Map(kFactorsForm), "budgets of codes"},
    {"accept_risk", SomeOf(kPromises), "promises that this policy gives up, knowingly"},
    {"local_share", Of(Kind::kShare), "share of each limit that a node admits without its store (0.2)"}};

}  // namespace

const FieldForm* MapForm::Find(std::string_view field) const {
  const auto it =
      std::find_if(fields.begin(), fields.end(), [&](const FieldForm& f) { return f.name == field; });
  return it == fields.end() ? nullptr : &*it;
}

const std::span<const std::string_view> kCountWords = kCounts, kKeyWords = kKeys, kOutcomeWords = kOutcomes,
                                        kConsequenceWords = kConsequences, kModeWords = kModes,
                                        kOnStoreLossWords = kOnStoreLoss, kLaneUntilWords = kLaneUntil,
                                        kUntilWords = kUntil, kPromiseWords = kPromises, kLaneWords = kLanes,
                                        kFactorWords = kFactors;

const MapForm kPolicyForm = {"policy", kPolicyFields};
const MapForm kLanesForm = {"lanes", kLanesFields};
const MapForm kDeviceForm = {"device", kDeviceFields};
const MapForm kRecoveredForm = {"recovered", kRecoveredFields};
const MapForm kFamiliarForm = {"familiar", kFamiliarFields};
const MapForm kChallengedForm = {"challenged", kChallengedFields};
const MapForm kStrangerForm = {"stranger", kStrangerFields};
const MapForm kFactorsForm = {"factors", kFactorsFields};
const MapForm kFactorForm = {"factor", kFactorFields};
const MapForm kRuleForm = {"rule", kRuleFields};
const MapForm kWhenForm = {"when", kWhenFields};
const MapForm kWeightsForm = {"weights", kWeightsFields};
const MapForm kLimitForm = {"limit", kLimitFields};
const MapForm kWaitForm = {"wait", kWaitFields};

}  // namespace latchkey
