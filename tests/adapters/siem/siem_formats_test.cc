#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "adapters/siem/ecs_format.h"
#include "adapters/siem/ocsf_format.h"

namespace latchkey {
namespace {

using nlohmann::json;

// "a.b" of an object; null when it is not there.
const json* Find(const json& line, const std::string& path) {
  const json* at = &line;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t dot = std::min(path.find('.', begin), path.size());
    const auto found = at->find(path.substr(begin, dot - begin));
    if (!at->is_object() || found == at->end()) return nullptr;
    at = &*found;
    begin = dot + 1;
  }
  return at;
}

std::string TypeOf(const json& value) {
  if (value.is_number_integer()) return "integer";
  return value.type_name();
}

// What the line lacks of its class.
std::vector<std::string> Problems(const std::string& text, const std::string& schema_name) {
  std::ifstream file(std::string(LATCHKEY_SCHEMAS "/") + schema_name + ".json");
  const json schema = json::parse(file);
  const json line = json::parse(text);
  std::vector<std::string> problems;
  if (text.find('\n') != std::string::npos) problems.emplace_back("more than one line");
  for (const auto& [path, type] : schema["required"].items()) {
    const json* value = Find(line, path);
    if (value == nullptr) {
      problems.push_back(path + " is missing");
    } else if (TypeOf(*value) != type) {
      problems.push_back(path + " is " + TypeOf(*value));
    }
  }
  for (const auto& [path, allowed] : schema["values"].items()) {
    const json* value = Find(line, path);
    if (value != nullptr && std::find(allowed.begin(), allowed.end(), *value) == allowed.end())
      problems.push_back(path + " is " + value->dump());
  }
  if (line.contains("class_uid") &&
      line["type_uid"] != line["class_uid"].get<int>() * 100 + line["activity_id"].get<int>())
    problems.emplace_back("type_uid is not class_uid * 100 + activity_id");
  return problems;
}

LoginEvent Event() {
  return {.at = TimePoint(std::chrono::milliseconds(1'796'000'581'123)),
          .decision = 7,
          .account_key = "00aa",
          .source_key = "0000000000bb",
          .tenant = "default",
          .path = "web",
          .policy_revision = 3};
}

std::vector<LoginEvent> AllEvents() {
  std::vector<LoginEvent> events;
  for (const Action action : {Action::kAllow, Action::kThrottle, Action::kChallenge, Action::kLockout}) {
    for (const char* name : {"", "alice"}) {
      LoginEvent event = Event();
      event.action = action;
      event.account = name;
      event.address = *name == '\0' ? "" : "192.0.2.7";
      event.rule = action == Action::kAllow ? "" : "stranger-guesses";
      events.push_back(event);
    }
  }
  for (int outcome = 1; outcome <= 6; ++outcome) {
    LoginEvent event = Event();
    event.outcome = static_cast<Outcome>(outcome);
    event.path = event.tenant = "";
    events.push_back(event);
  }
  return events;
}

Notice Incident() {
  Notice notice{.kind = NoticeKind::kIncident, .id = "incident-1-1", .tenant = "default"};
  notice.incident = {.incident_id = "1", .state = "open", .is_new = true};
  Finding& finding = notice.incident.finding;
  finding.kind = AttackKind::kLockoutSabotage;
  finding.severity = Severity::kHigh;
  finding.confidence = 0.875;
  finding.text = "143 failures on alice";
  finding.failures = 143;
  finding.victims = {{Key{1, 2}, "alice"}};
  finding.sources = {{Key{3, 4}, "192.0.2.7"}};
  return notice;
}

TEST(OcsfFormatTest, EveryLoginIsAWholeAuthenticationEvent) {
  const OcsfFormat format("prod");
  for (const LoginEvent& event : AllEvents())
    EXPECT_EQ(Problems(format.Login(event), "ocsf_authentication"), std::vector<std::string>{})
        << format.Login(event);
}

TEST(OcsfFormatTest, SaysWhatBecameOfALogin) {
  const OcsfFormat format("prod");
  LoginEvent event = Event();
  event.action = Action::kLockout;
  json line = json::parse(format.Login(event));
  EXPECT_EQ(line["status"], "Failure");
  EXPECT_EQ(line["disposition"], "Blocked");
  EXPECT_EQ(line["status_detail"], "LATCHKEY_LOCKOUT") << "a lane is closed; never the account";
  event.outcome = Outcome::kLoginComplete;
  line = json::parse(format.Login(event));
  EXPECT_EQ(line["status_id"], 1);
  EXPECT_FALSE(line.contains("action_id"));
  EXPECT_EQ(line["metadata"]["correlation_uid"], "d-0000000000000007") << "joins answer and report";
}

TEST(OcsfFormatTest, AnIncidentIsAWholeDetectionFinding) {
  const OcsfFormat format("prod");
  Notice notice = Incident();
  for (const bool is_new : {true, false}) {
    for (const char* state : {"open", "acknowledged", "resolved", "false_alarm"}) {
      notice.incident.is_new = is_new;
      notice.incident.state = state;
      notice.incident.is_over = std::string(state) == "resolved";
      EXPECT_EQ(Problems(format.Incident(notice, true), "ocsf_detection_finding"),
                std::vector<std::string>{});
    }
  }
}

TEST(OcsfFormatTest, PutsOnlyAddressesWhereAddressesAreExpected) {
  const OcsfFormat format("prod");
  LoginEvent event = Event();
  event.address = "2001:db8:0:1::/64";
  EXPECT_EQ(json::parse(format.Login(event))["src_endpoint"],
            (json{{"uid", "0000000000bb"}, {"name", "2001:db8:0:1::/64"}}));
  event.address = "192.0.2.7";
  EXPECT_EQ(json::parse(format.Login(event))["src_endpoint"],
            (json{{"uid", "0000000000bb"}, {"ip", "192.0.2.7"}}));
}

TEST(EcsFormatTest, EveryLoginIsAWholeAuthenticationEvent) {
  const EcsFormat format("prod");
  for (const LoginEvent& event : AllEvents())
    EXPECT_EQ(Problems(format.Login(event), "ecs_authentication"), std::vector<std::string>{})
        << format.Login(event);
}

TEST(EcsFormatTest, PutsOnlyAddressesWhereAddressesAreExpected) {
  const EcsFormat format("prod");
  LoginEvent event = Event();
  EXPECT_EQ(json::parse(format.Login(event))["source"], (json{{"address", "0000000000bb"}}));
  event.address = "2001:db8:0:1::/64";
  EXPECT_FALSE(json::parse(format.Login(event))["source"].contains("ip"));
  event.address = "192.0.2.7";
  EXPECT_EQ(json::parse(format.Login(event))["source"]["ip"], "192.0.2.7");
}

TEST(EcsFormatTest, AnIncidentIsAWholeAlert) {
  const EcsFormat format("prod");
  Notice notice = Incident();
  EXPECT_EQ(Problems(format.Incident(notice, false), "ecs_alert"), std::vector<std::string>{});
  notice.incident.is_new = false;
  EXPECT_EQ(Problems(format.Incident(notice, true), "ecs_alert"), std::vector<std::string>{});
  notice.incident.is_over = true;
  EXPECT_EQ(Problems(format.Incident(notice, true), "ecs_alert"), std::vector<std::string>{});
}

TEST(SiemFormatsTest, ShowNoNamesUnlessAsked) {
  for (const std::string& line :
       {OcsfFormat("prod").Incident(Incident(), false), EcsFormat("prod").Incident(Incident(), false)}) {
    EXPECT_EQ(line.find("alice"), std::string::npos);
    EXPECT_EQ(line.find("192.0.2.7"), std::string::npos);
  }
}

TEST(SiemFormatsTest, NamesThatAreNoTextBreakNoLine) {
  LoginEvent event = Event();
  event.account = "a\xFF\n\"";
  for (const std::string& line : {OcsfFormat("prod").Login(event), EcsFormat("prod").Login(event)}) {
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_FALSE(json::parse(line, nullptr, false).is_discarded());
  }
}

}  // namespace
}  // namespace latchkey
