// The JSON Schema of policies is what is checked in, every policy of the repository follows it, and it agrees
// with the loader on thousands of small changes to a policy that uses the whole language.
#include "cli/policy_schema.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <vector>

#include "adapters/policy_file/yaml_policy_reader.h"
#include "adapters/policy_file/yaml_tree.h"
#include "tests/cli-policy-schema/json_schema.h"

namespace latchkey {
namespace {

using Json = nlohmann::json;

const std::string kRoot = LATCHKEY_ROOT;

std::string TextOf(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadPolicyText(path);
  EXPECT_TRUE(text.ok()) << text.status();
  return text.value_or("");
}

// As editors see YAML: plain scalars that look like numbers or truths are such.
Json JsonOf(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return nullptr;
    case YamlNode::Kind::kSequence: {
      Json list = Json::array();
      for (const YamlNode& item : node.items) list.push_back(JsonOf(item));
      return list;
    }
    case YamlNode::Kind::kMap: {
      Json map = Json::object();
      for (const YamlField& field : node.fields) map[field.key] = JsonOf(field.value);
      return map;
    }
    case YamlNode::Kind::kScalar:
      break;
  }
  static const std::regex& number = *new std::regex("-?[0-9]+(\\.[0-9]+)?|true|false");
  if (!node.quoted && std::regex_match(node.text, number)) return Json::parse(node.text);
  return node.text;
}

Json JsonOf(const std::string& yaml) {
  Problems problems;
  const std::optional<YamlNode> root = ParseYaml(yaml, YamlBounds(), problems);
  EXPECT_TRUE(root.has_value());
  return root ? JsonOf(*root) : Json();
}

std::string FaultOf(const Json& document) {
  static const Json& schema = *new Json(Json::parse(cli::PolicySchema()));
  return FirstFault(schema, schema, document);
}

TEST(PolicySchemaTest, TheCheckedInFileIsWhatTheVerbPrints) {
  EXPECT_EQ(TextOf(kRoot + "/policies/policy.schema.json"), cli::PolicySchema())
      << "write it anew: latchkey policy schema > policies/policy.schema.json";
}

TEST(PolicySchemaTest, EveryPolicyOfTheRepositoryFollowsIt) {
  int seen = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(kRoot + "/policies")) {
    if (file.path().extension() != ".yaml") continue;
    ++seen;
    EXPECT_EQ(FaultOf(JsonOf(TextOf(file.path()))), "") << file.path();
  }
  EXPECT_GT(seen, 17);
}

// Uses every field.
constexpr char kWholeLanguage[] = R"(version: 1
name: whole-language
bounds: { 24h: 5000, 30d: 50000, consecutive: 5000 }
lanes:
  device:     { failures: 5, until: success, devices: 2, token_ttl: 90d, on_store_loss: allow }
  recovered:  { failures: 5, until: success, recoveries: [2 per 24h, 3 per 30d], token_ttl: 1h, on_store_loss: local }
  familiar:   { failures: [4 per 24h, 6 per 30d], sources: 2, remember: 30d, on_store_loss: challenge }
  challenged: { failures: [15 per 24h], valid: 10m, on_store_loss: refuse }
  stranger:   { failures: 25 per 24h, on_store_loss: local }
factors:
  one_time_code: { failures: [10 per 24h, 30 per 30d] }
  recovery_code: { failures: 5 per 24h }
accept_risk: [P1, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11]
local_share: 0.25
rules:
  - id: guesses
    count: failures
    by: [account]
    from: [stranger]
    to: all
    when: { path: [web, imap], factor: password, group: staff, popular_password: true }
    mode: shadow
    limits:
      - { above: 5, in: 15m, then: challenge }
      - { above: 8, in: 1h, then: throttle, wait: { first: 30s, factor: 2, max: 1h } }
      - { above: 9, in: 1h, then: throttle, wait: { first: 30s, factor: 1 }, to: [stranger, familiar] }
      - { above: 16, in: 24h, then: lockout, for: 3h }
      - { above: 20, in: ever, until: success, then: lockout }
      - { above: 21, in: ever, quiet: 12h, then: lockout }
      - { least_interval: 2s, then: throttle }
  - id: spraying
    count: distinct accounts
    by: source
    from: all
    outcome: failure
    weights: { popular_password: 2, path: { imap: 2 } }
    limits: [ { above: 20, in: 10m, then: challenge } ]
)";

// What only the loader sees, promises left aside: sums, order, sizes, and what depends on other parts of the
// file.
const char* const kOnlyTheLoaderSees[] = {
    "the span is not between",     "a longer span must follow", "the longest wait must be",
    "is shorter than its 'first'", "packed value could grow",   "an account could need",
    "an attempt may weigh",        "is not between 1 and 32",   "is not between 0 and",
    "two rules are called",        "has a device to count by",  "never more than one",
    "passwords have the",          "cannot be guessed",         "must be between 1s and",
    "what a device did",           "is a span that 'bounds'",   "lasts until it has been quiet"};

bool OnlyTheLoaderSees(const PolicyProblem& problem) {
  return std::any_of(std::begin(kOnlyTheLoaderSees), std::end(kOnlyTheLoaderSees),
                     [&](const char* text) { return problem.message.find(text) != std::string::npos; });
}

// To the loader every scalar is a text; YAML and so an editor take 5 and true for something else.
bool IsText(const Json::json_pointer& at, const Json& value) {
  if (value.is_structured() || value.is_null() || value.is_string()) return false;
  const std::string path = at.to_string();
  return path == "/name" || std::regex_search(path, std::regex("/id$|/when/(path|group)(/[0-9])?$"));
}

std::vector<Json::json_pointer> PlacesIn(const Json& document) {
  std::vector<Json::json_pointer> places;
  const Json leaves = document.flatten();
  for (const auto& [path, value] : leaves.items()) {
    for (Json::json_pointer at(path); !at.empty(); at = at.parent_pointer()) {
      if (std::find(places.begin(), places.end(), at) == places.end()) places.push_back(at);
    }
  }
  return places;
}

class Agreement {
 public:
  void Judge(const Json& document, const std::string& change) {
    const std::string fault = FaultOf(document);
    const PolicyReading reading = YamlPolicyReader().ReadUncertified(document.dump(), 1);
    const std::string problems(StatusOf(reading, "f").message());
    ++(fault.empty() && reading.problems.empty() ? accepted : refused);
    if (!fault.empty()) {
      EXPECT_FALSE(reading.problems.empty())
          << change << ": the loader takes what the schema refuses: " << fault;
    } else if (!std::all_of(reading.problems.begin(), reading.problems.end(), OnlyTheLoaderSees)) {
      ADD_FAILURE() << change << ": the schema takes what the loader refuses: " << problems;
    }
  }
  int accepted = 0;
  int refused = 0;
};

TEST(PolicySchemaTest, AgreesWithTheLoaderOnEveryChangeOfAValue) {
  const Json values =
      Json::parse(R"([null, true, -1, 0, 1, 2, 5, 1001, 10000001, 2.5, "", "some words", "30s", "0s",
    "1m30s", "30s1m", "4 per 24h", "0 per 24h", "1001 per 24h", "4 per day", "ever", "all", "stranger", "account",
    "challenge", "throttle", "lockout", "success", "shadow", "P1", "P12", [], {}, ["stranger"], ["all"],
    ["account", "source"], ["account", "account"], ["4 per 24h"], {"first": "1s"}, {"24h": 3}])");
  const Json whole = JsonOf(kWholeLanguage);
  ASSERT_EQ(FaultOf(whole), "");
  ASSERT_TRUE(StatusOf(YamlPolicyReader().Read(kWholeLanguage, 1), "f").ok())
      << StatusOf(YamlPolicyReader().Read(kWholeLanguage, 1), "f");
  Agreement agreement;
  for (const Json::json_pointer& at : PlacesIn(whole)) {
    for (const Json& value : values) {
      if (IsText(at, value)) continue;
      Json changed = whole;
      changed[at] = value;
      agreement.Judge(changed, at.to_string() + " = " + value.dump());
    }
  }
  EXPECT_GT(agreement.accepted, 100);
  EXPECT_GT(agreement.refused, 1000);
}

TEST(PolicySchemaTest, AgreesWithTheLoaderOnEveryFieldLeftOutOrUnknown) {
  const Json whole = JsonOf(kWholeLanguage);
  Agreement agreement;
  for (const Json::json_pointer& at : PlacesIn(whole)) {
    Json without = whole;
    Json& parent = without[at.parent_pointer()];
    if (parent.is_object()) {
      parent.erase(at.back());
    } else {
      parent.erase(static_cast<size_t>(std::stoi(at.back())));
    }
    agreement.Judge(without, "without " + at.to_string());
    Json with = whole;
    if (!with[at].is_object()) continue;
    with[at]["unheard_of"] = 1;
    agreement.Judge(with, "unknown in " + at.to_string());
  }
  EXPECT_GT(agreement.accepted, 20);
  EXPECT_GT(agreement.refused, 40);
}

TEST(PolicySchemaTest, AgreesWithTheLoaderOnLimitsOfAllShapes) {
  const char* const fields[] = {R"("above": 5)",
                                R"("in": "1h")",
                                R"("in": "ever")",
                                R"("until": "success")",
                                R"("quiet": "1h")",
                                R"("then": "challenge")",
                                R"("then": "throttle")",
                                R"("then": "lockout")",
                                R"("for": "1h")",
                                R"("wait": {"first": "1s", "factor": 1})",
                                R"("least_interval": "2s")"};
  const Json whole = JsonOf(kWholeLanguage);
  Agreement agreement;
  for (unsigned chosen = 0; chosen < 1U << std::size(fields); ++chosen) {
    std::string limit;
    for (size_t i = 0; i < std::size(fields); ++i) {
      if ((chosen >> i & 1U) != 0) limit += (limit.empty() ? "" : ", ") + std::string(fields[i]);
    }
    Json changed = whole;
    const Json::json_pointer at("/rules/1/limits/0");
    changed[at] = Json::parse("{" + limit + "}");
    agreement.Judge(changed, limit);
  }
  EXPECT_GT(agreement.accepted, 10);
}

}  // namespace
}  // namespace latchkey
