#include "adapters/siem/ecs_format.h"

#include <array>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/time/time.h"

namespace latchkey {
namespace {

using Json = nlohmann::ordered_json;

std::string Rfc3339(TimePoint time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromUnixMillis(time.time_since_epoch().count()),
                          absl::UTCTimeZone());
}

Json Base(TimePoint at, const std::string& environment) {
  return {{"@timestamp", Rfc3339(at)},
          {"ecs", {{"version", "8.11.0"}}},
          {"service", {{"name", "latchkey"}, {"environment", environment}}}};
}

std::string_view OutcomeOf(const LoginEvent& event) {
  if (!event.outcome) return event.action == Action::kAllow ? "unknown" : "failure";
  switch (*event.outcome) {
    case Outcome::kRight:
    case Outcome::kLoginComplete:
      return "success";
    case Outcome::kNotVerified:
      return "unknown";
    default:
      return "failure";
  }
}

std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string EcsFormat::Login(const LoginEvent& event) const {
  Json line = Base(event.at, environment_);
  Json& what = line["event"];
  what["kind"] = "event";
  what["category"] = {"authentication"};
  what["type"] = {event.outcome ? "info" : "start"};
  what["action"] = event.outcome ? "login-" + std::string(OutcomeName(*event.outcome))
                                 : "login-" + absl::AsciiStrToLower(std::string(ActionName(event.action)));
  what["outcome"] = OutcomeOf(event);
  what["id"] = DecisionIdText(event.decision) + (event.outcome ? "-report" : "");
  what["dataset"] = "latchkey.login";
  if (!event.rule.empty()) {
    what["reason"] = event.rule;
    line["rule"] = {{"id", event.rule}, {"version", std::to_string(event.policy_revision)}};
  }
  line["user"] = {{"hash", event.account_key}};
  if (!event.account.empty()) {
    line["user"]["name"] = event.account;
    line["related"]["user"] = {event.account};
  }
  if (event.has_one_address()) {
    line["source"] = {{"address", event.address}, {"ip", event.address}};
    line["related"]["ip"] = {event.address};
  } else {
    line["source"] = {{"address", event.address.empty() ? event.source_key : event.address}};
  }
  Json& own = line["latchkey"];
  own["decision_id"] = DecisionIdText(event.decision);
  own["lane"] = LaneName(event.lane);
  own["factor"] = FactorName(event.factor);
  if (!event.tenant.empty()) own["tenant"] = event.tenant;
  if (!event.path.empty()) own["path"] = event.path;
  own["degraded"] = event.degraded;
  return Dump(line);
}

std::string EcsFormat::Incident(const Notice& notice, bool show_names) const {
  const IncidentChange& change = notice.incident;
  const Finding& finding = change.finding;
  const AttackName& attack = NameOf(finding.kind);
  constexpr std::array<int, 4> kSeverities = {21, 47, 73, 99};  // as Elastic's own detections grade
  Json line = Base(notice.at, environment_);
  line["event"] = {{"kind", "alert"},
                   {"category", {"intrusion_detection"}},
                   {"type",
                    {change.is_over  ? "end"
                     : change.is_new ? "start"
                                     : "change"}},
                   {"action", "incident-" + change.state},
                   {"id", notice.id},
                   {"dataset", "latchkey.incident"},
                   {"severity", kSeverities.at(static_cast<size_t>(finding.severity) - 1)},
                   {"risk_score", finding.confidence * 100},
                   {"start", Rfc3339(finding.first_seen)},
                   {"end", Rfc3339(finding.last_seen)}};
  line["rule"] = {{"id", attack.id}, {"name", attack.id}, {"description", attack.text}};
  line["threat"] = {{"framework", "MITRE ATT&CK"}, {"technique", {{"id", {attack.attack}}}}};
  line["message"] = show_names && !finding.text.empty() ? std::string_view(finding.text) : attack.text;
  Json& own = line["latchkey"];
  own["incident_id"] = change.incident_id;
  if (!notice.tenant.empty()) own["tenant"] = notice.tenant;
  own["attempts"] = finding.attempts;
  own["failures"] = finding.failures;
  own["refusals"] = finding.refusals;
  own["distinct_passwords"] = finding.distinct_passwords;
  own["workflows"] = finding.workflows;
  own["victims"] = Json::array();
  for (const NamedAccount& victim : finding.victims) {
    own["victims"].push_back(victim.key.Hex());
    if (show_names && !victim.name.empty()) line["related"]["user"].push_back(victim.name);
  }
  return Dump(line);
}

}  // namespace latchkey
