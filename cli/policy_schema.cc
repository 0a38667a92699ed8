#include "cli/policy_schema.h"

#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "adapters/policy_file/language.h"
#include "engine/policy/check.h"

namespace latchkey::cli {
namespace {

using Json = nlohmann::ordered_json;
using Kind = ValueForm::Kind;

constexpr char kIdentifier[] = "^[a-z0-9._-]{1,64}$";
// Units from large to small, each at most once, and more than nothing.
constexpr char kDuration[] = "(?=[0-9a-z]*[1-9])([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?";
constexpr char kCount[] = "0*([1-9][0-9]{0,2}|1000)";
static_assert(kAboveAccountMax == 1000, "kCount says so as well");

Json Words(std::span<const std::string_view> words) {
  Json all = Json::array();
  for (const std::string_view word : words) all.push_back(std::string(word));
  return {{"enum", all}};
}

Json Text(const std::string& pattern) {
  return {{"type", "string"}, {"pattern", absl::StrCat("^", pattern, "$")}};
}

Json Integer(int64_t min, int64_t max) { return {{"type", "integer"}, {"minimum", min}, {"maximum", max}}; }

Json Either(Json a, Json b) { return {{"anyOf", Json::array({std::move(a), std::move(b)})}}; }

// One such value, or a list of them.
Json OneOrMore(const Json& one, int64_t min, int64_t max) {
  Json list = {{"type", "array"}, {"items", one}, {"minItems", min}};
  if (max > 0) {
    list["maxItems"] = max;
    list["uniqueItems"] = true;
  }
  return Either(one, list);
}

// Defined once: what many fields take.
Json Ref(const char* name) { return {{"$ref", absl::StrCat("#/definitions/", name)}}; }
Json Ref(const MapForm& map) { return {{"$ref", absl::StrCat("#/definitions/", std::string(map.name))}}; }

Json SchemaOf(const ValueForm& form) {
  switch (form.kind) {
    case Kind::kText:
      return {{"type", "string"}, {"minLength", 1}};
    case Kind::kIdentifier:
      return {{"type", "string"}, {"pattern", kIdentifier}};
    case Kind::kWhole:
      return Integer(form.min, form.max);
    case Kind::kShare:
      return {{"type", "number"}, {"minimum", 0.01}, {"maximum", 1}};
    case Kind::kFactor:
      return {{"type", "number"}, {"minimum", 1}, {"maximum", 1000}};
    case Kind::kYesNo:
      return {{"type", "boolean"}};
    case Kind::kDuration:
      return Ref("duration");
    case Kind::kWindow:
      return Either({{"const", "ever"}}, Ref("duration"));
    case Kind::kChoice:
      return Words(form.words);
    case Kind::kChoices:
      return OneOrMore(Words(form.words), form.min, form.max);
    case Kind::kLanes:
      return Ref("lane_set");
    case Kind::kNames:
      return OneOrMore({{"type", "string"}, {"minLength", 1}, {"maxLength", 64}}, 0, 0);
    case Kind::kCountsPer:
      return Ref("counts_per");
    case Kind::kFailures:
      return Either(Ref("counts_per"), Integer(form.min, form.max));
    case Kind::kBounds:
      return {{"type", "object"},
              {"properties", {{"consecutive", Integer(1, kAboveMax)}}},
              {"patternProperties", {{absl::StrCat("^", kDuration, "$"), Integer(1, kAboveMax)}}},
              {"additionalProperties", false}};
    case Kind::kPathWeights:
      return {{"type", "object"}, {"additionalProperties", Integer(form.min, form.max)}};
    case Kind::kMap:
      return Ref(*form.map);
    case Kind::kMaps: {
      Json type = form.min > 0 ? Json("array") : Json::array({"array", "null"});
      return {{"type", type}, {"items", Ref(*form.map)}, {"minItems", form.min}, {"maxItems", form.max}};
    }
  }
  return Json::object();
}

Json Has(const char* field) { return {{"required", Json::array({field})}}; }
Json Is(const char* field, Json schema) {
  return {{"required", Json::array({field})}, {"properties", {{field, std::move(schema)}}}};
}
Json HasNo(std::initializer_list<const char*> fields) {
  Json none = Json::object();
  for (const char* field : fields) none[field] = false;
  return {{"properties", none}};
}
Json If(Json condition, Json then, Json otherwise) {
  return {{"if", std::move(condition)}, {"then", std::move(then)}, {"else", std::move(otherwise)}};
}

// What depends on more than one field of a map.
Json ConditionsOf(const MapForm& map) {
  Json all = Json::array();
  if (map.Find("failures") != nullptr && map.Find("until") != nullptr)
    all.push_back(If(Is("failures", {{"type", "integer"}}), Has("until"), HasNo({"until"})));
  if (&map == &kWaitForm) all.push_back(Either(Has("max"), Is("factor", {{"const", 1}})));
  if (&map == &kRuleForm) {
    const Json events = Words(kCountWords.first(3));
    all.push_back(
        {{"if", Is("count", events)}, {"then", {{"properties", {{"outcome", {{"const", "any"}}}}}}}});
  }
  if (&map == &kLimitForm) {
    all.push_back(If(Has("least_interval"), HasNo({"above", "in", "until", "quiet"}),
                     {{"required", Json::array({"above", "in"})}}));
    Json ends = Either(Has("until"), Has("quiet"));
    ends["not"] = {{"required", Json::array({"quiet", "for"})}};
    all.push_back(If(Is("in", {{"const", "ever"}}), ends, HasNo({"until", "quiet"})));
    all.push_back(
        If(Is("then", {{"const", "throttle"}}), Either(Has("wait"), Has("least_interval")), HasNo({"wait"})));
    all.push_back(
        {{"if", Is("then", {{"enum", Json::array({"challenge", "throttle"})}})}, {"then", HasNo({"for"})}});
  }
  return all;
}

Json SchemaOf(const MapForm& map) {
  Json schema = {{"type", "object"}, {"properties", Json::object()}};
  Json required = Json::array();
  for (const FieldForm& field : map.fields) {
    Json value = {{"description", std::string(field.meaning)}};
    value.update(SchemaOf(field.value));
    schema["properties"][std::string(field.name)] = value;
    if (field.required) required.push_back(std::string(field.name));
  }
  schema["additionalProperties"] = false;
  if (!required.empty()) schema["required"] = required;
  if (Json conditions = ConditionsOf(map); !conditions.empty()) schema["allOf"] = std::move(conditions);
  return schema;
}

void Define(const MapForm& map, Json& definitions) {
  for (const FieldForm& field : map.fields) {
    if (field.value.map == nullptr || definitions.contains(std::string(field.value.map->name))) continue;
    definitions[std::string(field.value.map->name)] = SchemaOf(*field.value.map);
    Define(*field.value.map, definitions);
  }
}

}  // namespace

std::string PolicySchema() {
  Json schema = {
      {"$schema", "http://json-schema.org/draft-07/schema#"},
      {"title", "A Latchkey policy"},
      {"description", "Made by `latchkey policy schema`; docs/policy.md says what each field means."}};
  schema.update(SchemaOf(kPolicyForm));
  Json lanes = OneOrMore(Words(kLaneWords), 1, 0);
  lanes["anyOf"].push_back({{"const", "all"}});
  Json definitions = {{"duration", Text(kDuration)},
                      {"counts_per", OneOrMore(Text(absl::StrCat(kCount, " per ", kDuration)), 1, 0)},
                      {"lane_set", std::move(lanes)}};
  Define(kPolicyForm, definitions);
  schema["definitions"] = std::move(definitions);
  return schema.dump(2) + "\n";
}

}  // namespace latchkey::cli
