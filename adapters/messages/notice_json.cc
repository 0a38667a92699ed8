#include "adapters/messages/notice_json.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "engine/base/text.h"
#include "engine/base/unix_second.h"

namespace latchkey {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kRiskLevelChange[] = "https://schemas.openid.net/secevent/caep/event-type/risk-level-change";
constexpr char kVerification[] = "https://schemas.openid.net/secevent/ssf/event-type/verification";
// Nothing of what an attacker has sent is in it.
constexpr char kOwnerText[] =
    "Somebody who is not signed in as you tries to have your account refused. Your password was not guessed, "
    "nothing of yours was changed, and browsers that you have used before still get you in. You need not do "
    "anything; do not follow links in messages that say otherwise.";

std::string Rfc3339(TimePoint time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromUnixMillis(time.time_since_epoch().count()),
                          absl::UTCTimeZone());
}

std::string_view StateName(StandingState state) {
  constexpr std::array<std::string_view, 4> kNames = {"good", "suspected", "under_attack", "compromised"};
  return kNames[static_cast<size_t>(state)];
}

// Failures of strangers say nothing against the account: they never make more than MEDIUM, on which nobody
// locks an account. HIGH is what people found.
std::string_view RiskLevel(StandingState state) {
  constexpr std::array<std::string_view, 4> kLevels = {"LOW", "MEDIUM", "MEDIUM", "HIGH"};
  return kLevels[static_cast<size_t>(state)];
}

std::string_view RiskReason(StandingState state) {
  constexpr std::array<std::string_view, 4> kReasons = {"NOTHING_MORE_SEEN", "ACCOUNT_SUSPECTED",
                                                        "ACCOUNT_UNDER_ATTACK", "ACCOUNT_COMPROMISED"};
  return kReasons[static_cast<size_t>(state)];
}

std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

bool IsText(const std::string& bytes) {
  // Throws, with this handler, for what is not UTF-8.
  try {
    (void)Json(bytes).dump(-1, ' ', false, Json::error_handler_t::strict);
    return true;
  } catch (const Json::exception&) {
    return false;
  }
}

void SetIfThere(Json& json, const char* name, std::string_view value) {
  if (!value.empty()) json[name] = value;
}

// Members of one message, for one target.
class Encoder {
 public:
  Encoder(const DeliveryTarget& target, TextsMayHold texts)
      : names_(target.show_names), texts_(names_ || texts == TextsMayHold::kPseudonyms) {}

  void AddAccount(const NamedAccount& account, Json& out) const {
    if (account.key == Key{}) return;
    out["account_key"] = account.key.Hex();
    if (!names_ || account.name.empty()) return;
    // Accounts are bytes; JSON has text. Two accounts must not become one on the way.
    if (IsText(account.name)) {
      out["account"] = account.name;
    } else {
      out["account_base64"] = absl::Base64Escape(account.name);
    }
  }

  void AddText(Json& out, const char* name, std::string_view text) const {
    if (texts_) SetIfThere(out, name, text);
  }

  Json Standing(const StandingChange& change) const {
    Json out;
    out["state"] = StateName(change.state);
    if (change.previous) out["previous_state"] = StateName(*change.previous);
    out["keep_commitments"] = change.keeps_commitments();
    if (change.end) out["ends_by"] = Rfc3339(*change.end);
    AddText(out, "reason", change.reason);
    SetIfThere(out, "set_by", change.author);
    SetIfThere(out, "incident_id", change.incident_id);
    return out;
  }

  Json Incident(const IncidentChange& change) const {
    const Finding& finding = change.finding;
    const AttackName& attack = NameOf(finding.kind);
    Json out;
    out["incident_id"] = change.incident_id;
    out["state"] = change.state;
    SetIfThere(out, "changed_by", change.author);
    SetIfThere(out, "change_reason", change.reason);
    out["attack"] = {
        {"id", attack.id}, {"technique", attack.attack}, {"capec", attack.capec}, {"cwe", attack.cwe}};
    out["severity"] = SeverityName(finding.severity);
    out["confidence"] = finding.confidence;
    out["first_seen"] = Rfc3339(finding.first_seen);
    out["last_seen"] = Rfc3339(finding.last_seen);
    AddText(out, "text", finding.text);
    out["counts"] = {{"attempts", finding.attempts},
                     {"failures", finding.failures},
                     {"refusals", finding.refusals},
                     {"distinct_passwords", finding.distinct_passwords},
                     {"distinct_sources", finding.distinct_sources},
                     {"distinct_accounts", finding.distinct_accounts}};
    out["decisions"] = {{"allow", finding.decisions.allow},
                        {"throttle", finding.decisions.throttle},
                        {"challenge", finding.decisions.challenge},
                        {"lockout", finding.decisions.lockout}};
    out["victims"] = Json::array();
    for (const NamedAccount& victim : finding.victims) AddAccount(victim, out["victims"].emplace_back());
    out["sources"] = Sources(finding.sources);
    out["networks"] = Sources(finding.networks);
    out["suspects"] = Json::array();
    for (const Suspect& suspect : finding.suspects) {
      Json& one = out["suspects"].emplace_back();
      AddAccount(suspect.account, one);
      one["confidence"] = suspect.confidence;
      AddText(one, "text", suspect.text);
      one["evidence"] = Evidence(suspect.evidence);
    }
    out["workflows"] = finding.workflows;
    out["evidence"] = Evidence(finding.evidence);
    return out;
  }

 private:
  [[nodiscard]] Json Sources(const std::vector<NamedSource>& sources) const {
    Json all = Json::array();
    for (const NamedSource& source : sources) {
      Json& one = all.emplace_back();
      one["key"] = source.key.Hex();
      if (names_) SetIfThere(one, "address", source.name);
    }
    return all;
  }

  [[nodiscard]] Json Evidence(const std::vector<EvidenceTerm>& terms) const {
    Json all = Json::array();
    for (const EvidenceTerm& term : terms) {
      Json& one = all.emplace_back();
      one["name"] = term.name;
      one["value"] = term.value;
      one["weight"] = term.weight;
      AddText(one, "text", term.text);
    }
    return all;
  }

  const bool names_;
  const bool texts_;
};

const char* TypeOf(const Notice& notice) {
  switch (notice.kind) {
    case NoticeKind::kStanding:
      return "standing.changed";
    case NoticeKind::kIncident:
      if (notice.incident.is_over) return "incident.closed";
      return notice.incident.is_new ? "incident.opened" : "incident.changed";
    case NoticeKind::kOwnerNotice:
      return "owner.notice";
    case NoticeKind::kTest:
      break;
  }
  return "test";
}

Json SubjectOf(const DeliveryTarget& target, const Notice& notice) {
  const bool named = target.show_names && !notice.account.name.empty() && IsText(notice.account.name);
  if (named && target.subject == SubjectForm::kEmail)
    return {{"format", "email"}, {"email", notice.account.name}};
  if (named && target.subject == SubjectForm::kIssuerSubject)
    return {{"format", "iss_sub"}, {"iss", target.issuer}, {"sub", notice.account.name}};
  return {{"format", "opaque"}, {"id", notice.account.key.Hex()}};
}

Json ClaimsOf(const DeliveryTarget& target, const Notice& notice) {
  return {
      {"iss", target.issuer}, {"jti", notice.id}, {"iat", UnixSecond(notice.at)}, {"aud", target.audience}};
}

}  // namespace

std::string WebhookBody(const DeliveryTarget& target, const Notice& notice, const std::string& environment,
                        TextsMayHold texts) {
  const Encoder encoder(target, texts);
  Json data;
  data["environment"] = environment;
  SetIfThere(data, "tenant", notice.tenant);
  encoder.AddAccount(notice.account, data);
  data["order_key"] = notice.order_key;
  if (notice.sequence != 0) data["sequence"] = notice.sequence;
  switch (notice.kind) {
    case NoticeKind::kStanding:
      data.update(encoder.Standing(notice.standing));
      break;
    case NoticeKind::kIncident:
      data.update(encoder.Incident(notice.incident));
      break;
    case NoticeKind::kOwnerNotice:
      data["reason"] = "lockout_attempted";
      data["text"] = kOwnerText;
      break;
    case NoticeKind::kTest:
      data["text"] = "A test of this target by an operator.";
      break;
  }
  return Dump({{"type", TypeOf(notice)}, {"timestamp", Rfc3339(notice.at)}, {"data", std::move(data)}});
}

std::optional<std::string> SecurityEventClaims(const DeliveryTarget& target, const Notice& notice,
                                               TextsMayHold texts) {
  Json claims = ClaimsOf(target, notice);
  if (notice.kind == NoticeKind::kTest) {
    claims["sub_id"] = {{"format", "opaque"}, {"id", target.name}};
    claims["events"][kVerification] = {{"state", notice.id}};
    return Dump(claims);
  }
  if (notice.kind != NoticeKind::kStanding) return std::nullopt;
  const StandingChange& change = notice.standing;
  const std::string_view level = RiskLevel(change.state);
  if (change.previous && RiskLevel(*change.previous) == level) return std::nullopt;
  claims["sub_id"] = SubjectOf(target, notice);
  SetIfThere(claims, "txn", change.incident_id);
  Json event;
  event["event_timestamp"] = UnixSecond(notice.at);
  event["initiating_entity"] = change.author.empty() ? "policy" : "admin";
  event["principal"] = "USER";
  event["current_level"] = level;
  if (change.previous) event["previous_level"] = RiskLevel(*change.previous);
  event["risk_reason"] = RiskReason(change.state);
  const bool shown = target.show_names || texts == TextsMayHold::kPseudonyms;
  if (shown && !change.reason.empty()) event["reason_admin"] = {{"en", change.reason}};
  event["latchkey_keep_commitments"] = change.keeps_commitments();
  claims["events"][kRiskLevelChange] = std::move(event);
  return Dump(claims);
}

}  // namespace latchkey
