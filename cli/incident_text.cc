#include "cli/incident_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/printable.h"
#include "cli/table.h"
#include "cli/words.h"

namespace latchkey::cli {
namespace {

constexpr int kShownMax = 8;

std::string Parties(const google::protobuf::RepeatedPtrField<v1::IncidentParty>& parties) {
  std::vector<std::string> words;
  for (const v1::IncidentParty& party : parties) {
    if (words.size() == kShownMax) break;
    words.push_back(PartyWord(party));
  }
  std::string text = absl::StrJoin(words, ", ");
  if (parties.size() > kShownMax) absl::StrAppend(&text, " and ", parties.size() - kShownMax, " more");
  return text;
}

std::string CountsText(const v1::IncidentCounts& counts) {
  std::string text = absl::StrCat(Counted(counts.attempts(), "attempt"), ", of these ", counts.refusals(),
                                  " refused, ", Counted(counts.failures(), "failure"));
  if (counts.distinct_passwords() > 0)
    absl::StrAppend(&text, ", ", Counted(counts.distinct_passwords(), "password"));
  absl::StrAppend(&text, ", ", Counted(counts.distinct_sources(), "source"), ", ",
                  Counted(counts.distinct_accounts(), "account"));
  return text;
}

// "T1531, CAPEC-2, CWE-645"; empty from a server that tells none.
std::string AttackIds(const v1::Incident& incident) {
  std::vector<std::string> ids;
  for (const std::string& id : {incident.attack_technique_id(), incident.capec_id(), incident.cwe_id()})
    if (!id.empty()) ids.push_back(id);
  return absl::StrJoin(ids, ", ");
}

// "5 ALLOW, 19 THROTTLE"; empty where none were counted.
std::string DecisionsText(const v1::IncidentCounts& counts) {
  std::vector<std::string> parts;
  const auto add = [&parts](int64_t count, v1::Action action) {
    if (count > 0) parts.push_back(absl::StrCat(count, " ", ActionWord(action)));
  };
  add(counts.allowed(), v1::ACTION_ALLOW);
  add(counts.throttled(), v1::ACTION_THROTTLE);
  add(counts.challenged(), v1::ACTION_CHALLENGE);
  add(counts.locked_out(), v1::ACTION_LOCKOUT);
  return absl::StrJoin(parts, ", ");
}

template <class Terms>
void ShowEvidence(const Terms& terms, const char* indent, std::ostream& out) {
  for (const v1::IncidentEvidence& term : terms) {
    out << indent << absl::StrFormat("%+5.1f  ", term.weight())
        << Printable(term.text().empty() ? term.name() : absl::StrCat(term.name(), ": ", term.text()))
        << '\n';
  }
}

}  // namespace

std::string PartyWord(const v1::IncidentParty& party) {
  if (party.name().empty()) return party.key();
  return party.name().rfind("default/", 0) == 0 ? party.name().substr(8) : party.name();
}

void ShowIncident(const v1::Incident& incident, absl::Time now, std::ostream& out) {
  Attributes rows;
  rows.Add("incident", incident.incident_id());
  rows.Add("kind", absl::StrCat(Word(incident.kind()), ", ", Word(incident.severity())));
  rows.Add("known as", AttackIds(incident));
  rows.Add("what", incident.text());
  rows.Add("confidence", absl::StrFormat("%.0f%%", 100 * incident.confidence()));
  std::string state = Word(incident.state());
  if (!incident.author().empty()) absl::StrAppend(&state, " by ", incident.author());
  if (!incident.reason().empty()) absl::StrAppend(&state, ": ", incident.reason());
  rows.Add("state", state);
  rows.Add("first seen", TimeWord(incident.first_seen_time()));
  rows.Add("last seen", absl::StrCat(TimeWord(incident.last_seen_time()), " (",
                                     SinceWord(incident.last_seen_time(), now), ")"));
  if (incident.has_end_time()) rows.Add("ended", TimeWord(incident.end_time()));
  rows.Add("counts", CountsText(incident.counts()));
  rows.Add("decisions", DecisionsText(incident.counts()));
  rows.Add("victims", Parties(incident.victims()));
  rows.Add("sources", Parties(incident.sources()));
  rows.Add("networks", Parties(incident.networks()));
  rows.Add("workflows", absl::StrJoin(incident.workflows(), ", "));
  rows.Print(out);
  if (incident.evidence_size() > 0) {
    out << "\nevidence (log likelihood ratio)\n";
    ShowEvidence(incident.evidence(), "  ", out);
  }
  if (incident.suspects_size() > 0) out << "\nsuspects: evidence for people, not a verdict\n";
  for (const v1::IncidentSuspect& suspect : incident.suspects()) {
    out << "  " << Printable(PartyWord(suspect.account()))
        << absl::StrFormat(" (%.0f%%): ", 100 * suspect.confidence()) << Printable(suspect.text()) << '\n';
    ShowEvidence(suspect.evidence(), "      ", out);
  }
  if (incident.timeline_size() > 0) out << "\ntimeline\n";
  for (const v1::IncidentNote& note : incident.timeline()) {
    out << "  " << TimeWord(note.time()) << "  "
        << Printable(note.author().empty() ? "latchkey" : note.author()) << "  " << Printable(note.text())
        << '\n';
  }
}

}  // namespace latchkey::cli
