#include "adapters/grpc/incident_codec.h"

#include "adapters/grpc/wire_values.h"
#include "engine/base/status_macros.h"
#include "engine/stats/stats_observer.h"

namespace latchkey {
namespace {

constexpr size_t kAccountBytesMax = 256;
constexpr size_t kSourceBytesMax = 64;

template <typename Named>
void Encode(const Named& party, v1::IncidentParty* out) {
  out->set_key(party.key.Hex());
  out->set_name(party.name);
}

void Encode(const EvidenceTerm& term, v1::IncidentEvidence* out) {
  out->set_name(term.name);
  out->set_value(term.value);
  out->set_weight(term.weight);
  out->set_text(term.text);
}

void Encode(const Suspect& suspect, v1::IncidentSuspect* out) {
  Encode(suspect.account, out->mutable_account());
  out->set_confidence(suspect.confidence);
  out->set_text(suspect.text);
  for (const EvidenceTerm& term : suspect.evidence) Encode(term, out->add_evidence());
}

void Encode(const IncidentCounts& counts, v1::IncidentCounts* out) {
  out->set_attempts(counts.attempts);
  out->set_failures(counts.failures);
  out->set_refusals(counts.refusals);
  out->set_distinct_passwords(counts.distinct_passwords);
  out->set_distinct_sources(counts.distinct_sources);
  out->set_distinct_accounts(counts.distinct_accounts);
  out->set_allowed(counts.decisions.allow);
  out->set_throttled(counts.decisions.throttle);
  out->set_challenged(counts.decisions.challenge);
  out->set_locked_out(counts.decisions.lockout);
}

}  // namespace

void Encode(const Incident& incident, v1::Incident* out) {
  out->set_incident_id(incident.id);
  out->set_kind(static_cast<v1::AttackKind>(incident.kind));
  out->set_severity(static_cast<v1::IncidentSeverity>(incident.severity));
  out->set_tenant(incident.tenant);
  out->set_text(incident.text);
  out->set_confidence(incident.confidence);
  EncodeTime(incident.first_seen, out->mutable_first_seen_time());
  EncodeTime(incident.last_seen, out->mutable_last_seen_time());
  if (!incident.goes_on()) EncodeTime(incident.ended, out->mutable_end_time());
  Encode(incident.Total(), out->mutable_counts());
  for (const NamedAccount& victim : incident.victims) Encode(victim, out->add_victims());
  for (const NamedSource& source : incident.sources) Encode(source, out->add_sources());
  for (const NamedSource& network : incident.networks) Encode(network, out->add_networks());
  for (const Suspect& suspect : incident.suspects) Encode(suspect, out->add_suspects());
  for (const std::string& workflow : incident.workflows) out->add_workflows(workflow);
  for (const EvidenceTerm& term : incident.evidence) Encode(term, out->add_evidence());
  for (const IncidentNote& note : incident.timeline) {
    v1::IncidentNote* step = out->add_timeline();
    EncodeTime(note.at, step->mutable_time());
    step->set_author(note.author);
    step->set_text(note.text);
  }
  out->set_state(static_cast<v1::IncidentState>(incident.state));
  out->set_author(incident.author);
  out->set_reason(incident.reason);
  EncodeTime(incident.state_since, out->mutable_state_time());
  const AttackName& name = NameOf(incident.kind);
  out->set_attack_technique_id(std::string(name.attack));
  out->set_capec_id(std::string(name.capec));
  out->set_cwe_id(std::string(name.cwe));
}

void Encode(const DetectorReport& report, v1::DetectorReport* out) {
  out->set_kind(static_cast<v1::AttackKind>(report.kind));
  out->set_incidents(report.incidents);
  out->set_open(report.open);
  out->set_resolved_by_people(report.resolved_by_people);
  out->set_ended_by_silence(report.ended_by_silence);
  out->set_false_alarms(report.false_alarms);
  out->set_false_confidence_max(report.false_confidence_max);
  for (const std::string& reason : report.false_reasons) out->add_false_reasons(reason);
}

absl::StatusOr<IncidentFilter> DecodeFilter(const v1::ListIncidentsRequest& request, const KeyMaker& keys) {
  IncidentFilter filter;
  for (const int state : request.states()) {
    if (state == v1::INCIDENT_STATE_UNSPECIFIED || !v1::IncidentState_IsValid(state))
      return WrongField("states", "holds a state that is not known");
    filter.states.insert(static_cast<IncidentState>(state));
  }
  for (const int kind : request.kinds()) {
    if (kind == v1::ATTACK_KIND_UNSPECIFIED || !v1::AttackKind_IsValid(kind))
      return WrongField("kinds", "holds a kind that is not known");
    filter.kinds.insert(static_cast<AttackKind>(kind));
  }
  filter.tenant = request.tenant();
  const std::string tenant = request.tenant().empty() ? "default" : request.tenant();
  if (!request.tenant().empty()) LATCHKEY_RETURN_IF_ERROR(CheckName("tenant", tenant));
  if (!request.account().empty()) {
    LATCHKEY_RETURN_IF_ERROR(CheckText("account", request.account(), 1, kAccountBytesMax));
    filter.account = NamedAccount{keys.Account(tenant, request.account()), request.account()};
  }
  if (!request.source().empty()) {
    LATCHKEY_RETURN_IF_ERROR(CheckText("source", request.source(), 1, kSourceBytesMax));
    filter.source = NamedSource{{}, request.source()};
    if (const absl::StatusOr<Source> source = Source::Parse(request.source()); source.ok()) {
      filter.source->key = SourcePseudonym(keys.Network(tenant, *source), keys.SourceId(tenant, *source));
    }
  }
  if (request.has_start_time()) {
    LATCHKEY_ASSIGN_OR_RETURN(filter.since, DecodeTime("start_time", request.start_time()));
  }
  if (request.has_end_time()) {
    LATCHKEY_ASSIGN_OR_RETURN(filter.until, DecodeTime("end_time", request.end_time()));
  }
  if (filter.until <= filter.since) return WrongField("end_time", "must be after start_time");
  return filter;
}

}  // namespace latchkey
