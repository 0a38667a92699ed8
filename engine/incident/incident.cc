#include "engine/incident/incident.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

constexpr size_t kFirstNotes = 8;  // always kept: how it began
constexpr size_t kTermsMax = 16;

// Between two characters: half of one would make whatever carries the text unreadable as UTF-8.
std::string Cut(std::string_view text) {
  if (text.size() <= kIncidentTextMax) return std::string(text);
  size_t end = kIncidentTextMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end));
}

std::string Claim(AttackKind kind, const std::string& tenant, const Key& subject) {
  // Tenants are of any length and bytes: a sum of theirs stands for them.
  uint64_t sum = 14695981039346656037ULL;
  for (const char c : tenant) sum = (sum ^ static_cast<uint8_t>(c)) * 1099511628211ULL;
  return absl::StrCat(static_cast<int>(kind), "-", absl::Hex(sum, absl::kZeroPad16), "-", subject.Hex());
}

void Note(Incident& incident, TimePoint at, std::string_view author, std::string text) {
  incident.timeline.push_back({at, std::string(author), Cut(text)});
  if (incident.timeline.size() > kIncidentNotesMax)
    incident.timeline.erase(incident.timeline.begin() + kFirstNotes);
}

// How many digits a count has: news is when there is one more.
int Digits(int64_t count) {
  int digits = 0;
  for (; count > 0; count /= 10) ++digits;
  return digits;
}

bool Raise(int64_t& value, int64_t to) {
  if (to <= value) return false;
  value = to;
  return true;
}

bool FoldCounts(Incident& incident, const Finding& finding, uint64_t node) {
  auto mine = std::find_if(incident.counts.begin(), incident.counts.end(),
                           [node](const IncidentCounts& counts) { return counts.node == node; });
  bool grown = false;
  if (mine == incident.counts.end()) {
    if (incident.counts.size() == kIncidentNodesMax) {
      // The two that came first are told apart no longer.
      IncidentCounts& first = incident.counts[0];
      const IncidentCounts& second = incident.counts[1];
      first.node = 0;
      first.attempts += second.attempts;
      first.failures += second.failures;
      first.refusals += second.refusals;
      first.distinct_passwords = std::max(first.distinct_passwords, second.distinct_passwords);
      first.distinct_sources = std::max(first.distinct_sources, second.distinct_sources);
      first.distinct_accounts = std::max(first.distinct_accounts, second.distinct_accounts);
      first.decisions += second.decisions;
      incident.counts.erase(incident.counts.begin() + 1);
    }
    incident.counts.push_back({.node = node});
    mine = incident.counts.end() - 1;
    grown = true;
  }
  grown = Raise(mine->attempts, finding.attempts) || grown;
  grown = Raise(mine->failures, finding.failures) || grown;
  grown = Raise(mine->refusals, finding.refusals) || grown;
  grown = Raise(mine->distinct_passwords, finding.distinct_passwords) || grown;
  grown = Raise(mine->distinct_sources, finding.distinct_sources) || grown;
  grown = Raise(mine->distinct_accounts, finding.distinct_accounts) || grown;
  grown = Raise(mine->decisions.allow, finding.decisions.allow) || grown;
  grown = Raise(mine->decisions.throttle, finding.decisions.throttle) || grown;
  grown = Raise(mine->decisions.challenge, finding.decisions.challenge) || grown;
  return Raise(mine->decisions.lockout, finding.decisions.lockout) || grown;
}

// Adds what is not there yet, while there is room; a name that was not shown before is learned.
template <typename Named>
bool Join(std::vector<Named>& present, const std::vector<Named>& more) {
  bool grown = false;
  for (const Named& one : more) {
    const auto known = std::find_if(present.begin(), present.end(),
                                    [&one](const Named& other) { return other.key == one.key; });
    if (known != present.end()) {
      if (known->name.empty() && !one.name.empty()) known->name = Cut(one.name);
      continue;
    }
    if (present.size() >= Finding::kListMax) break;
    present.push_back({one.key, Cut(one.name)});
    grown = true;
  }
  return grown;
}

bool JoinTexts(std::vector<std::string>& present, const std::vector<std::string>& more) {
  bool grown = false;
  for (const std::string& one : more) {
    if (present.size() >= Finding::kListMax) break;
    if (std::find(present.begin(), present.end(), one) != present.end()) continue;
    present.push_back(Cut(one));
    grown = true;
  }
  return grown;
}

std::vector<EvidenceTerm> CutTerms(const std::vector<EvidenceTerm>& terms) {
  std::vector<EvidenceTerm> cut;
  for (const EvidenceTerm& term : terms) {
    if (cut.size() == kTermsMax) break;
    cut.push_back({Cut(term.name), term.value, term.weight, Cut(term.text)});
  }
  return cut;
}

std::string NameOf(const NamedAccount& account) {
  return account.name.empty() ? absl::StrCat("account ", account.key.Hex()) : account.name;
}

// True when somebody is named who was not.
bool FoldSuspects(Incident& incident, const std::vector<Suspect>& suspects, TimePoint now) {
  bool named = false;
  for (const Suspect& suspect : suspects) {
    const auto known =
        std::find_if(incident.suspects.begin(), incident.suspects.end(),
                     [&suspect](const Suspect& other) { return other.account.key == suspect.account.key; });
    Suspect cut{{suspect.account.key, Cut(suspect.account.name)},
                suspect.confidence,
                Cut(suspect.text),
                CutTerms(suspect.evidence)};
    if (known != incident.suspects.end()) {
      if (suspect.confidence >= known->confidence) *known = std::move(cut);
      continue;
    }
    if (incident.suspects.size() >= Finding::kListMax) break;
    named = true;
    Note(incident, now, "", absl::StrCat(NameOf(suspect.account), " is suspected: ", suspect.text));
    incident.suspects.push_back(std::move(cut));
  }
  std::stable_sort(incident.suspects.begin(), incident.suspects.end(),
                   [](const Suspect& a, const Suspect& b) { return a.confidence > b.confidence; });
  return named;
}

std::string_view StateText(IncidentState state) {
  switch (state) {
    case IncidentState::kOpen:
      return "opened";
    case IncidentState::kAcknowledged:
      return "acknowledged";
    case IncidentState::kResolved:
      return "resolved";
    case IncidentState::kFalseAlarm:
      return "marked as a false alarm";
  }
  return "";
}

}  // namespace

IncidentCounts Incident::Total() const {
  IncidentCounts total;
  for (const IncidentCounts& one : counts) {
    total.attempts += one.attempts;
    total.failures += one.failures;
    total.refusals += one.refusals;
    total.distinct_passwords = std::max(total.distinct_passwords, one.distinct_passwords);
    total.distinct_sources = std::max(total.distinct_sources, one.distinct_sources);
    total.distinct_accounts = std::max(total.distinct_accounts, one.distinct_accounts);
    total.decisions += one.decisions;
  }
  return total;
}

std::string ClaimOf(const Finding& finding) { return Claim(finding.kind, finding.tenant, finding.subject); }
std::string ClaimOf(const Incident& incident) {
  return Claim(incident.kind, incident.tenant, incident.subject);
}

Incident OpenIncident(std::string id, const Finding& finding, uint64_t node, TimePoint now) {
  Incident incident;
  incident.id = std::move(id);
  incident.kind = finding.kind;
  incident.severity = finding.severity;
  incident.tenant = finding.tenant;
  incident.subject = finding.subject;
  incident.first_seen = finding.first_seen;
  incident.last_seen = finding.last_seen;
  incident.state_since = now;
  Note(incident, now, "", absl::StrCat("opened: ", finding.text));
  (void)FoldFinding(incident, finding, node, now);
  return incident;
}

FoldWeight FoldFinding(Incident& incident, const Finding& finding, uint64_t node, TimePoint now) {
  const int64_t attempts_before = incident.Total().attempts;
  bool news = false;
  bool more = FoldCounts(incident, finding, node);
  if (finding.severity > incident.severity) {
    incident.severity = finding.severity;
    Note(incident, now, "", absl::StrCat("more severe: ", finding.text));
    news = true;
  }
  const int64_t attempts = incident.Total().attempts;
  if (attempts_before > 0 && Digits(attempts) > Digits(attempts_before)) {
    Note(incident, now, "", absl::StrCat(attempts, " attempts so far"));
    news = true;
  }
  incident.first_seen = std::min(incident.first_seen, finding.first_seen);
  if (finding.last_seen > incident.last_seen) {
    incident.last_seen = finding.last_seen;
    more = true;
  }
  if (finding.confidence >= incident.confidence) {
    std::vector<EvidenceTerm> terms = CutTerms(finding.evidence);
    more = more || terms != incident.evidence;
    incident.confidence = finding.confidence;
    incident.evidence = std::move(terms);
  }
  more = Join(incident.victims, finding.victims) || more;
  more = Join(incident.sources, finding.sources) || more;
  more = Join(incident.networks, finding.networks) || more;
  news = JoinTexts(incident.workflows, finding.workflows) || news;
  news = FoldSuspects(incident, finding.suspects, now) || news;
  if (news || more) incident.text = Cut(finding.text);
  return news ? FoldWeight::kNews : more ? FoldWeight::kMore : FoldWeight::kNothing;
}

void EndBySilence(Incident& incident, TimePoint now) {
  if (!incident.goes_on()) return;
  incident.ended = now;
  Note(incident, now, "", "ended: nothing more was seen");
  if (incident.state == IncidentState::kResolved || incident.state == IncidentState::kFalseAlarm) return;
  incident.state = IncidentState::kResolved;
  incident.author.clear();
  incident.reason = "nothing more was seen";
  incident.state_since = now;
}

absl::Status SetState(Incident& incident, IncidentState state, std::string_view author,
                      std::string_view reason, TimePoint now) {
  if (state == IncidentState::kOpen)
    return absl::InvalidArgumentError("state: only Latchkey opens incidents");
  const bool closed =
      incident.state == IncidentState::kResolved || incident.state == IncidentState::kFalseAlarm;
  if (state == IncidentState::kAcknowledged && closed)
    return absl::FailedPreconditionError("incident_id: this incident is closed already");
  incident.state = state;
  incident.author = std::string(author);
  incident.reason = Cut(reason);
  incident.state_since = now;
  std::string text(StateText(state));
  if (!reason.empty()) absl::StrAppend(&text, ": ", ToAbsl(reason));
  Note(incident, now, author, std::move(text));
  return absl::OkStatus();
}

}  // namespace latchkey
