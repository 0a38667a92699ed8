#include "adapters/siem/ocsf_format.h"

#include <array>
#include <nlohmann/json.hpp>

namespace latchkey {
namespace {

using Json = nlohmann::ordered_json;

struct Word {
  int id;
  const char* text;
};

constexpr Word kSuccess{1, "Success"};
constexpr Word kFailure{2, "Failure"};
constexpr Word kOther{99, "Other"};

int64_t Millis(TimePoint time) { return time.time_since_epoch().count(); }

Json Metadata(const std::string& uid, const std::string& correlation) {
  return {{"version", "1.3.0"},
          {"product", {{"name", "Latchkey"}, {"vendor_name", "Latchkey"}}},
          {"profiles", {"security_control"}},
          {"uid", uid},
          {"correlation_uid", correlation}};
}

void SetWord(Json& line, const std::string& name, Word word) {
  line[name + "_id"] = word.id;
  line[name] = word.text;
}

// Whether the login got in is known when it is reported; before, only whether its password may be looked at.
Word StatusOf(const LoginEvent& event) {
  if (!event.outcome) return event.action == Action::kAllow ? kOther : kFailure;
  switch (*event.outcome) {
    case Outcome::kRight:
    case Outcome::kLoginComplete:
      return kSuccess;
    case Outcome::kNotVerified:
      return kOther;
    default:
      return kFailure;
  }
}

std::string DetailOf(const LoginEvent& event) {
  if (!event.outcome) return "LATCHKEY_" + std::string(ActionName(event.action));
  constexpr std::array<const char*, 7> kDetails = {"",
                                                   "FIRST_FACTOR_RIGHT",
                                                   "INVALID_CREDENTIALS",
                                                   "USER_DOES_NOT_EXIST",
                                                   "INVALID_SECOND_FACTOR",
                                                   "LOGIN_COMPLETE",
                                                   "NOT_VERIFIED"};
  return kDetails[static_cast<size_t>(*event.outcome)];
}

Word DispositionOf(Action action) {
  switch (action) {
    case Action::kAllow:
      return {1, "Allowed"};
    case Action::kThrottle:
      return {14, "Delayed"};
    case Action::kChallenge:
      return {23, "Challenge"};
    case Action::kLockout:
      break;
  }
  return {2, "Blocked"};
}

std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json AccountOf(const NamedAccount& account, bool show_names) {
  Json out = {{"uid", account.key.Hex()}};
  if (show_names && !account.name.empty()) out["name"] = account.name;
  return out;
}

Json EndpointOf(const NamedSource& source, bool show_names) {
  Json out = {{"uid", source.key.Hex()}};
  if (show_names && !source.name.empty()) out["name"] = source.name;
  return out;
}

Word IncidentStatus(const IncidentChange& change) {
  if (change.state == "acknowledged") return {2, "In Progress"};
  if (change.state == "false_alarm") return {3, "Suppressed"};
  return change.is_over ? Word{4, "Resolved"} : Word{1, "New"};
}

}  // namespace

std::string OcsfFormat::Login(const LoginEvent& event) const {
  const std::string decision = DecisionIdText(event.decision);
  const Word status = StatusOf(event);
  Json line = {{"class_uid", 3002},       {"class_name", "Authentication"},
               {"category_uid", 3},       {"category_name", "Identity & Access Management"},
               {"activity_id", 1},        {"activity_name", "Logon"},
               {"type_uid", 300201},      {"type_name", "Authentication: Logon"},
               {"time", Millis(event.at)}};
  SetWord(line, "severity", status.id == kFailure.id ? Word{2, "Low"} : Word{1, "Informational"});
  SetWord(line, "status", status);
  line["status_detail"] = DetailOf(event);
  if (!event.outcome) {
    SetWord(line, "action", event.action == Action::kAllow ? Word{1, "Allowed"} : Word{2, "Denied"});
    SetWord(line, "disposition", DispositionOf(event.action));
  }
  line["metadata"] = Metadata(decision + (event.outcome ? "-report" : ""), decision);
  line["user"] = {{"uid", event.account_key}};
  if (!event.account.empty()) line["user"]["name"] = event.account;
  line["src_endpoint"] = {{"uid", event.source_key}};
  if (!event.address.empty()) line["src_endpoint"][event.has_one_address() ? "ip" : "name"] = event.address;
  line["service"] = {{"name", event.path.empty() ? "login" : event.path}};
  line["is_mfa"] = event.factor == Factor::kOneTimeCode;
  line["is_remote"] = true;
  Json& rest = line["unmapped"];
  rest["environment"] = environment_;
  if (!event.tenant.empty()) rest["tenant"] = event.tenant;
  rest["lane"] = LaneName(event.lane);
  rest["factor"] = FactorName(event.factor);
  if (!event.rule.empty()) rest["rule"] = event.rule;
  if (!event.outcome) rest["policy_revision"] = event.policy_revision;
  rest["degraded"] = event.degraded;
  return Dump(line);
}

std::string OcsfFormat::Incident(const Notice& notice, bool show_names) const {
  const IncidentChange& change = notice.incident;
  const Finding& finding = change.finding;
  const AttackName& attack = NameOf(finding.kind);
  const Word activity = change.is_over  ? Word{3, "Close"}
                        : change.is_new ? Word{1, "Create"}
                                        : Word{2, "Update"};
  constexpr std::array<Word, 4> kSeverities = {{{2, "Low"}, {3, "Medium"}, {4, "High"}, {5, "Critical"}}};
  Json line = {{"class_uid", 2004},
               {"class_name", "Detection Finding"},
               {"category_uid", 2},
               {"category_name", "Findings"},
               {"activity_id", activity.id},
               {"activity_name", activity.text},
               {"type_uid", 200400 + activity.id},
               {"type_name", std::string("Detection Finding: ") + activity.text},
               {"time", Millis(notice.at)}};
  SetWord(line, "severity", kSeverities.at(static_cast<size_t>(finding.severity) - 1));
  SetWord(line, "status", IncidentStatus(change));
  line["is_alert"] = true;
  line["confidence_score"] = static_cast<int>(finding.confidence * 100);
  line["metadata"] = Metadata(notice.id, change.incident_id);
  line["metadata"]["profiles"] = Json::array();
  Json& info = line["finding_info"];
  info["uid"] = change.incident_id;
  info["title"] = attack.id;
  info["desc"] = attack.text;
  info["types"] = {attack.capec, attack.cwe};
  info["first_seen_time"] = Millis(finding.first_seen);
  info["last_seen_time"] = Millis(finding.last_seen);
  info["attacks"] = Json::array({{{"technique", {{"uid", attack.attack}}}}});
  Json& evidence = line["evidences"] = Json::array();
  for (const NamedAccount& victim : finding.victims)
    evidence.push_back({{"user", AccountOf(victim, show_names)}});
  for (const NamedSource& source : finding.sources)
    evidence.push_back({{"src_endpoint", EndpointOf(source, show_names)}});
  Json& rest = line["unmapped"];
  rest["environment"] = environment_;
  if (!notice.tenant.empty()) rest["tenant"] = notice.tenant;
  rest["attempts"] = finding.attempts;
  rest["failures"] = finding.failures;
  rest["refusals"] = finding.refusals;
  rest["distinct_passwords"] = finding.distinct_passwords;
  rest["workflows"] = finding.workflows;
  if (show_names) rest["text"] = finding.text;
  return Dump(line);
}

}  // namespace latchkey
