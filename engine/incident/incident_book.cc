#include "engine/incident/incident_book.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/base/text.h"
#include "engine/incident/incident_codec.h"

namespace latchkey {
namespace {

constexpr size_t kReasonsMax = 10;

template <typename Named>
bool IsAmong(const Named& wanted, const std::vector<Named>& all) {
  return std::any_of(all.begin(), all.end(), [&wanted](const Named& one) {
    return (wanted.key != Key() && one.key == wanted.key) ||
           (!wanted.name.empty() && (one.name == wanted.name || one.key.Hex() == wanted.name));
  });
}

bool IsSuspect(const NamedAccount& wanted, const std::vector<Suspect>& suspects) {
  return std::any_of(suspects.begin(), suspects.end(), [&wanted](const Suspect& suspect) {
    return IsAmong(wanted, std::vector<NamedAccount>{suspect.account});
  });
}

std::string PageToken(const Incident& incident) {
  return absl::StrCat(incident.first_seen.time_since_epoch().count(), "-", incident.id);
}

}  // namespace

bool IncidentFilter::Matches(const Incident& incident) const {
  if (!states.empty() && !states.contains(incident.state)) return false;
  if (!kinds.empty() && !kinds.contains(incident.kind)) return false;
  if (!tenant.empty() && incident.tenant != tenant) return false;
  if (incident.last_seen < since || incident.first_seen >= until) return false;
  if (account && !IsAmong(*account, incident.victims) && !IsSuspect(*account, incident.suspects))
    return false;
  return !source || IsAmong(*source, incident.sources) || IsAmong(*source, incident.networks);
}

void IncidentBook::Load(const std::vector<LedgerEntry>& documents) {
  const MutexLock lock(mutex_);
  known_.clear();
  of_claim_.clear();
  order_.clear();
  unresolved_ = {};
  for (const LedgerEntry& document : documents) Put(document);
}

void IncidentBook::Hear(const LedgerEntry& entry) {
  const MutexLock lock(mutex_);
  const auto found = known_.find(entry.change.id);
  if (found != known_.end() && found->second.version >= entry.place.position) return;
  Drop(entry.change.id);
  if (entry.change.keep) Put(entry);
}

std::vector<LedgerEntry> IncidentBook::Held() const {
  const MutexLock lock(mutex_);
  std::vector<LedgerEntry> held;
  held.reserve(known_.size());
  for (const auto& [id, known] : known_) {
    LedgerEntry& entry = held.emplace_back();
    entry.place.position = known.version;
    entry.change.id = id;
    entry.change.bytes = EncodeIncident(known.incident);
    entry.change.end = known.end;
    if (known.incident.goes_on()) entry.change.claim = ClaimOf(known.incident);
  }
  return held;
}

void IncidentBook::Put(const LedgerEntry& entry) {
  std::optional<Incident> incident = DecodeIncident(entry.change.bytes);
  if (!incident || incident->id != entry.change.id) return;
  Drop(incident->id);
  Count(*incident, 1);
  order_.emplace(incident->first_seen, incident->id);
  if (!entry.change.claim.empty()) of_claim_[entry.change.claim] = incident->id;
  std::string id = incident->id;
  known_[std::move(id)] = {*std::move(incident), entry.place.position, entry.change.end};
}

void IncidentBook::Drop(const std::string& id) {
  const auto found = known_.find(id);
  if (found == known_.end()) return;
  Count(found->second.incident, -1);
  order_.erase({found->second.incident.first_seen, id});
  const auto claim = of_claim_.find(ClaimOf(found->second.incident));
  if (claim != of_claim_.end() && claim->second == id) of_claim_.erase(claim);
  known_.erase(found);
}

std::optional<IncidentBook::Known> IncidentBook::Get(const std::string& id) const {
  const MutexLock lock(mutex_);
  const auto found = known_.find(id);
  if (found == known_.end()) return std::nullopt;
  return found->second;
}

std::optional<IncidentBook::Known> IncidentBook::GoingOn(const std::string& claim) const {
  const MutexLock lock(mutex_);
  const auto found = of_claim_.find(claim);
  if (found == of_claim_.end()) return std::nullopt;
  return known_.at(found->second);
}

absl::StatusOr<IncidentBook::Page> IncidentBook::List(const IncidentFilter& filter, size_t page_size,
                                                      const std::string& page_token) const {
  Order before{TimePoint::max(), ""};
  if (!page_token.empty()) {
    const size_t dash = page_token.find('-', 1);
    int64_t ms = 0;
    if (dash == std::string::npos || !absl::SimpleAtoi(page_token.substr(0, dash), &ms))
      return absl::InvalidArgumentError("page_token: not one that a list has answered");
    before = {TimePoint(Duration(ms)), page_token.substr(dash + 1)};
  }
  const MutexLock lock(mutex_);
  Page page;
  for (auto at = std::make_reverse_iterator(order_.lower_bound(before)); at != order_.rend(); ++at) {
    const Incident& incident = known_.at(at->second).incident;
    if (!filter.Matches(incident)) continue;
    if (page.incidents.size() == page_size) {
      page.next_page_token = PageToken(page.incidents.back());
      break;
    }
    page.incidents.push_back(incident);
  }
  return page;
}

std::vector<IncidentBook::Known> IncidentBook::QuietSince(TimePoint before) const {
  const MutexLock lock(mutex_);
  std::vector<Known> quiet;
  for (const auto& [claim, id] : of_claim_) {
    const Known& known = known_.at(id);
    if (known.incident.last_seen < before) quiet.push_back(known);
  }
  return quiet;
}

std::vector<IncidentBook::Known> IncidentBook::Beyond(size_t keep) const {
  const MutexLock lock(mutex_);
  std::vector<Known> beyond;
  size_t too_many = known_.size() > keep ? known_.size() - keep : 0;
  for (auto at = order_.begin(); at != order_.end() && too_many > 0; ++at) {
    const Known& known = known_.at(at->second);
    if (known.incident.goes_on()) continue;
    beyond.push_back(known);
    --too_many;
  }
  return beyond;
}

void IncidentBook::ForgetEnded(TimePoint now) {
  const MutexLock lock(mutex_);
  std::vector<std::string> ended;
  for (const auto& [id, known] : known_) {
    if (known.end <= now) ended.push_back(id);
  }
  for (const std::string& id : ended) Drop(id);
}

std::vector<DetectorReport> IncidentBook::Report(TimePoint since) const {
  std::map<AttackKind, DetectorReport> reports;
  const MutexLock lock(mutex_);
  for (auto at = order_.rbegin(); at != order_.rend(); ++at) {
    const Incident& incident = known_.at(at->second).incident;
    if (incident.last_seen < since) continue;
    DetectorReport& report = reports[incident.kind];
    report.kind = incident.kind;
    ++report.incidents;
    switch (incident.state) {
      case IncidentState::kOpen:
      case IncidentState::kAcknowledged:
        ++report.open;
        break;
      case IncidentState::kResolved:
        ++(incident.author.empty() ? report.ended_by_silence : report.resolved_by_people);
        break;
      case IncidentState::kFalseAlarm:
        ++report.false_alarms;
        report.false_confidence_max = std::max(report.false_confidence_max, incident.confidence);
        if (report.false_reasons.size() < kReasonsMax) report.false_reasons.push_back(incident.reason);
        break;
    }
  }
  std::vector<DetectorReport> all;
  for (const auto& [kind, report] : reports) all.push_back(report);
  return all;
}

void IncidentBook::Count(const Incident& incident, int64_t difference) {
  UnresolvedIncidents& counts =
      unresolved_.at(static_cast<size_t>(incident.severity) - 1).at(static_cast<size_t>(incident.kind) - 1);
  if (incident.state == IncidentState::kOpen) counts.open += difference;
  if (incident.state == IncidentState::kAcknowledged) counts.acknowledged += difference;
}

std::vector<UnresolvedIncidents> IncidentBook::Unresolved() const {
  std::vector<UnresolvedIncidents> all;
  const MutexLock lock(mutex_);
  for (size_t severity = kSeverityLevels; severity > 0; --severity) {
    for (size_t kind = 1; kind <= kAttackKinds; ++kind) {
      UnresolvedIncidents counts = unresolved_.at(severity - 1).at(kind - 1);
      if (counts.open == 0 && counts.acknowledged == 0) continue;
      counts.kind = static_cast<AttackKind>(kind);
      counts.severity = static_cast<Severity>(severity);
      all.push_back(counts);
    }
  }
  return all;
}

}  // namespace latchkey
