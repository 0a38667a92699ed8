#include "engine/delivery/incident_feed.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/incident/incident_codec.h"

namespace latchkey {
namespace {

std::string TextOf(const LedgerPlace& place) { return absl::StrCat(place.position, "-", place.mark); }

absl::StatusOr<LedgerPlace> ParsePlace(const std::string& text) {
  LedgerPlace place;
  const size_t dash = text.find('-');
  if (dash == std::string::npos || !absl::SimpleAtoi(text.substr(0, dash), &place.position) ||
      !absl::SimpleAtoi(text.substr(dash + 1), &place.mark))
    return absl::OutOfRangeError("no place of this log");
  return place;
}

const char* StateName(IncidentState state) {
  switch (state) {
    case IncidentState::kOpen:
      return "open";
    case IncidentState::kAcknowledged:
      return "acknowledged";
    case IncidentState::kResolved:
      return "resolved";
    case IncidentState::kFalseAlarm:
      break;
  }
  return "false_alarm";
}

bool IsOver(const Incident& incident) {
  return !incident.goes_on() || incident.state == IncidentState::kResolved ||
         incident.state == IncidentState::kFalseAlarm;
}

// The latest of what has happened to it.
TimePoint ChangedAt(const Incident& incident) {
  return std::max({incident.last_seen, incident.ended, incident.state_since});
}

Notice NoticeOfIncident(const Incident& incident, uint64_t position) {
  Notice notice{.kind = NoticeKind::kIncident, .tenant = incident.tenant};
  notice.id = absl::StrCat("incident-", incident.id, "-", position);
  notice.order_key = incident.id;
  notice.book = IncidentFeed::kBook;
  notice.sequence = position;
  notice.at = ChangedAt(incident);
  if (incident.victims.size() == 1) notice.account = incident.victims.front();
  IncidentChange& change = notice.incident;
  change.incident_id = incident.id;
  change.state = StateName(incident.state);
  change.is_new = incident.changes == 0;
  change.is_over = IsOver(incident);
  change.author = incident.author;
  change.reason = incident.reason;
  const IncidentCounts total = incident.Total();
  Finding& finding = change.finding;
  finding.kind = incident.kind;
  finding.severity = incident.severity;
  finding.tenant = incident.tenant;
  finding.subject = incident.subject;
  finding.first_seen = incident.first_seen;
  finding.last_seen = incident.last_seen;
  finding.confidence = incident.confidence;
  finding.text = incident.text;
  finding.attempts = total.attempts;
  finding.failures = total.failures;
  finding.refusals = total.refusals;
  finding.distinct_passwords = total.distinct_passwords;
  finding.distinct_sources = total.distinct_sources;
  finding.distinct_accounts = total.distinct_accounts;
  finding.decisions = total.decisions;
  finding.victims = incident.victims;
  finding.sources = incident.sources;
  finding.networks = incident.networks;
  finding.suspects = incident.suspects;
  finding.workflows = incident.workflows;
  finding.evidence = incident.evidence;
  return notice;
}

}  // namespace

uint64_t IncidentFeed::SequenceOf(const std::string& place) const {
  const absl::StatusOr<LedgerPlace> parsed = ParsePlace(place);
  return parsed.ok() ? parsed->position : 0;
}

absl::StatusOr<std::string> IncidentFeed::Latest(TimePoint /*now*/) {
  LATCHKEY_ASSIGN_OR_RETURN(const LedgerPlace place, ledger_.Latest(Book::kIncidents));
  return TextOf(place);
}

bool IncidentFeed::IsNews(const Incident& incident, TimePoint at) {
  const Told now{incident.state,           IsOver(incident),        incident.severity,
                 incident.suspects.size(), incident.victims.size(), at};
  if (told_.size() >= kToldMax) told_.clear();  // Some are told once more than they need be.
  const auto [found, fresh] = told_.try_emplace(incident.id, now);
  if (fresh) return true;
  const Told& was = found->second;
  const bool same = was.state == now.state && was.over == now.over && was.severity == now.severity &&
                    was.suspects == now.suspects && was.victims == now.victims;
  if (same && at < was.at + kSameEvery) return false;
  found->second = now;
  return true;
}

absl::StatusOr<NoticeFeed::Page> IncidentFeed::ReadAfter(const std::string& place, size_t count_max,
                                                         TimePoint /*now*/) {
  LATCHKEY_ASSIGN_OR_RETURN(const LedgerPlace after, ParsePlace(place));
  LATCHKEY_ASSIGN_OR_RETURN(const std::vector<LedgerEntry> entries,
                            ledger_.ReadAfter(Book::kIncidents, after, count_max));
  Page page{.place = place};
  for (const LedgerEntry& entry : entries) {
    page.place = TextOf(entry.place);
    if (!entry.change.keep) continue;  // Forgotten for its age, which changes nothing for anybody.
    const std::optional<Incident> incident = DecodeIncident(entry.change.bytes);
    if (!incident || !IsNews(*incident, ChangedAt(*incident))) continue;
    page.notices.push_back(NoticeOfIncident(*incident, entry.place.position));
    page.places.push_back(page.place);
  }
  return page;
}

}  // namespace latchkey
