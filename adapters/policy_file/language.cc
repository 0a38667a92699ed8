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

constexpr std::array<Words, 1> kStakeConsequences = {"challenge"};
const FieldForm kStakeLimitFields[] = {
    {"above", Whole(0, kAboveAccountMax), "how many failures of strangers go without", kRequired},
    {"in", Of(Kind::kDuration), "in which time", kRequired},
    {"then", OneOf(kStakeConsequences), "what happens past it: a challenge, no more", kRequired}};
const FieldForm kStakesFields[] = {{"mode", OneOf(kModes), "shadow: reported, never enforced (enforce)"},
                                   {"limits", Maps(kStakeLimitForm, 1, static_cast<int64_t>(kLimitsMax)),
                                    "when strangers are challenged, beside what rules say", kRequired}};

constexpr int64_t kCountMax = 1'000'000;
constexpr ValueForm kCounted = Whole(1, kCountMax);
constexpr FieldForm kConfidence = {"confidence", Of(Kind::kShare), "it is said from here on (0.8)"};

const FieldForm kSabotageFields[] = {
    {"tries", kCounted, "fewer wrong or refused tries of strangers say nothing (3)"},
    kConfidence,
    {"one_in", Whole(1, 1'000'000'000), "one session of strangers in so many is sabotage (1000000)"},
    {"again", Of(Kind::kShare), "of honest people who failed, the share that fails again (0.67)"},
    {"stakes", Of(Kind::kShare), "of all accounts, the share with something at stake (0.05)"},
    {"deadline", Of(Kind::kDuration), "how long before a stake's end is right before it (10m)"}};
const FieldForm kSuspectsFields[] = {
    {"confidence", Of(Kind::kShare), "a suspect is named from here on (0.8)"},
    {"prior", Of(Kind::kShare), "of sabotage, the share that is one given rival's deed (0.05)"},
    {"same_address", Of(Kind::kFactor), "weight of a shared address, divided by who logs in there (50)"},
    {"same_network", Of(Kind::kFactor), "weight of a shared network, likewise (4)"},
    {"same_device", Of(Kind::kFactor), "weight of a device token of the rival's (500)"},
    {"recently", Of(Kind::kFactor), "weight of a login shortly before or during the attack (4)"},
    {"recent", Of(Kind::kDuration), "what is shortly before (15m)"}};
const FieldForm kStuffingFields[] = {
    {"accounts", kCounted, "that one source or network fails on in an hour (25)"},
    {"failing", Of(Kind::kShare), "their share of the accounts seen from there (0.8)"}};
const FieldForm kSprayFields[] = {
    {"accounts", kCounted, "that one password fails on in a day (20)"},
    {"share", Of(Kind::kShare), "of the tenant's wrong passwords in that day (0.05)"}};
const FieldForm kTargetedFields[] = {{"passwords", kCounted, "different ones that fail on one account (20)"}};
const FieldForm kDistributedFields[] = {{"sources", kCounted, "that fail on one account (24)"}};
const FieldForm kLowAndSlowFields[] = {
    {"days", Whole(2, 30), "of the last 30 with failures of strangers (4)"},
    {"passwords", kCounted, "different ones that failed in them (60)"}};
const FieldForm kTokenTheftFields[] = {
    {"failures", kCounted, "with a device token, from where its device never got in (16)"}};
const FieldForm kLaunderingFields[] = {
    {"failures", kCounted, "of a source, on accounts that do not log in from there (12)"},
    {"logins", kCounted, "to another account in between (3)"}};
const FieldForm kKeyFloodFields[] = {
    {"names", kCounted, "different ones tried in an hour (1000)"},
    {"unknown", Of(Kind::kShare), "the share of failures on accounts that do not exist (0.9)"}};
const FieldForm kDetectFields[] = {
    {"lockout_sabotage", Map(kSabotageForm), "somebody fails to have an account locked"},
    {"suspects", Map(kSuspectsForm), "when a rival is named as somebody who may be behind sabotage"},
    {"credential_stuffing", Map(kStuffingForm), "pairs from a breach elsewhere"},
    {"password_spray", Map(kSprayForm), "a few passwords on many accounts"},
    {"targeted_guessing", Map(kTargetedForm), "many passwords on one account"},
    {"distributed_guessing", Map(kDistributedForm), "many sources on one account"},
    {"low_and_slow", Map(kLowAndSlowForm), "a guesser who stays below every limit for days"},
    {"token_theft", Map(kTokenTheftForm), "guesses with a copied device token"},
    {"counter_laundering", Map(kLaunderingForm), "logins of one's own between guesses"},
    {"key_flood", Map(kKeyFloodForm), "invented names that fill what counts"}};

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
    {"local_share", Of(Kind::kShare), "share of each limit that a node admits without its store (0.2)"},
    {"stakes", Map(kStakesForm), "what strangers meet while something is at stake for an account"},
    {"detect", Map(kDetectForm), "from where on attacks are spoken of"}};

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
                                        kFactorWords = kFactors, kStakeConsequenceWords = kStakeConsequences;

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
const MapForm kStakesForm = {"stakes", kStakesFields};
const MapForm kStakeLimitForm = {"stake_limit", kStakeLimitFields};
const MapForm kDetectForm = {"detect", kDetectFields};
const MapForm kSabotageForm = {"lockout_sabotage", kSabotageFields};
const MapForm kSuspectsForm = {"suspects", kSuspectsFields};
const MapForm kStuffingForm = {"credential_stuffing", kStuffingFields};
const MapForm kSprayForm = {"password_spray", kSprayFields};
const MapForm kTargetedForm = {"targeted_guessing", kTargetedFields};
const MapForm kDistributedForm = {"distributed_guessing", kDistributedFields};
const MapForm kLowAndSlowForm = {"low_and_slow", kLowAndSlowFields};
const MapForm kTokenTheftForm = {"token_theft", kTokenTheftFields};
const MapForm kLaunderingForm = {"counter_laundering", kLaunderingFields};
const MapForm kKeyFloodForm = {"key_flood", kKeyFloodFields};

}  // namespace latchkey
