#include "engine/incident/incident_codec.h"

#include <cmath>

#include "engine/incident/ledger.h"
#include "engine/signal/msgpack.h"

namespace latchkey {
namespace {

constexpr int64_t kVersion = 2;
constexpr int64_t kWithoutDecisions = 1;  // still read
constexpr double kMillion = 1e6;

void Put(MsgpackWriter& out, TimePoint time) { out.Int(time.time_since_epoch().count()); }
void Put(MsgpackWriter& out, double number) {
  const double bounded = std::isfinite(number) ? std::min(std::max(number, -1e12), 1e12) : 0;
  out.Int(static_cast<int64_t>(std::llround(bounded * kMillion)));
}
void Put(MsgpackWriter& out, const Key& key) {
  out.Int(static_cast<int64_t>(key.high));
  out.Int(static_cast<int64_t>(key.low));
}
void Put(MsgpackWriter& out, const std::string& text) { out.Bytes(text); }
template <typename Named>
requires requires(Named named) {
  named.key;
  named.name;
}
void Put(MsgpackWriter& out, const Named& named) {
  Put(out, named.key);
  out.Bytes(named.name);
}
void Put(MsgpackWriter& out, const EvidenceTerm& term) {
  out.Bytes(term.name);
  Put(out, term.value);
  Put(out, term.weight);
  out.Bytes(term.text);
}
void Put(MsgpackWriter& out, const IncidentCounts& counts) {
  out.Int(static_cast<int64_t>(counts.node));
  out.Int(counts.attempts);
  out.Int(counts.failures);
  out.Int(counts.refusals);
  out.Int(counts.distinct_passwords);
  out.Int(counts.distinct_sources);
  out.Int(counts.distinct_accounts);
  out.Int(counts.decisions.allow);
  out.Int(counts.decisions.throttle);
  out.Int(counts.decisions.challenge);
  out.Int(counts.decisions.lockout);
}
void Put(MsgpackWriter& out, const IncidentNote& note) {
  Put(out, note.at);
  out.Bytes(note.author);
  out.Bytes(note.text);
}
template <typename T>
void Put(MsgpackWriter& out, const std::vector<T>& list);
void Put(MsgpackWriter& out, const Suspect& suspect) {
  Put(out, suspect.account);
  Put(out, suspect.confidence);
  out.Bytes(suspect.text);
  Put(out, suspect.evidence);
}
template <typename T>
void Put(MsgpackWriter& out, const std::vector<T>& list) {
  out.Array(list.size());
  for (const T& one : list) Put(out, one);
}

void Get(MsgpackReader& in, TimePoint& time) { time = TimePoint(Duration(in.Int())); }
void Get(MsgpackReader& in, double& number) { number = static_cast<double>(in.Int()) / kMillion; }
void Get(MsgpackReader& in, Key& key) {
  key.high = static_cast<uint64_t>(in.Int());
  key.low = static_cast<uint64_t>(in.Int());
}
void Get(MsgpackReader& in, std::string& text) { text = std::string(in.Bytes()); }
template <typename Named>
requires requires(Named named) {
  named.key;
  named.name;
}
void Get(MsgpackReader& in, Named& named) {
  Get(in, named.key);
  Get(in, named.name);
}
void Get(MsgpackReader& in, EvidenceTerm& term) {
  Get(in, term.name);
  Get(in, term.value);
  Get(in, term.weight);
  Get(in, term.text);
}
void Get(MsgpackReader& in, int64_t version, IncidentCounts& counts) {
  counts.node = static_cast<uint64_t>(in.Int());
  counts.attempts = in.Int();
  counts.failures = in.Int();
  counts.refusals = in.Int();
  counts.distinct_passwords = in.Int();
  counts.distinct_sources = in.Int();
  counts.distinct_accounts = in.Int();
  if (version == kWithoutDecisions) return;
  counts.decisions.allow = in.Int();
  counts.decisions.throttle = in.Int();
  counts.decisions.challenge = in.Int();
  counts.decisions.lockout = in.Int();
}
void Get(MsgpackReader& in, IncidentNote& note) {
  Get(in, note.at);
  Get(in, note.author);
  Get(in, note.text);
}
template <typename T>
void Get(MsgpackReader& in, std::vector<T>& list);
void Get(MsgpackReader& in, Suspect& suspect) {
  Get(in, suspect.account);
  Get(in, suspect.confidence);
  Get(in, suspect.text);
  Get(in, suspect.evidence);
}
template <typename T>
void Get(MsgpackReader& in, std::vector<T>& list) {
  const size_t size = in.Array();
  for (size_t i = 0; i < size && in.ok(); ++i) Get(in, list.emplace_back());
}

// A number that is one of an enumeration from 1 to `last`; malformed input answers nothing.
template <typename Enum>
bool Get(MsgpackReader& in, Enum& value, Enum last) {
  const int64_t number = in.Int();
  value = static_cast<Enum>(number);
  return number >= 1 && number <= static_cast<int64_t>(last);
}

std::string Encoded(const Incident& incident) {
  MsgpackWriter out;
  out.Int(kVersion);
  out.Bytes(incident.id);
  out.Int(static_cast<int64_t>(incident.kind));
  out.Int(static_cast<int64_t>(incident.severity));
  out.Int(static_cast<int64_t>(incident.state));
  out.Bytes(incident.tenant);
  Put(out, incident.subject);
  Put(out, incident.first_seen);
  Put(out, incident.last_seen);
  Put(out, incident.ended);
  Put(out, incident.confidence);
  out.Bytes(incident.text);
  Put(out, incident.counts);
  Put(out, incident.victims);
  Put(out, incident.sources);
  Put(out, incident.networks);
  Put(out, incident.suspects);
  Put(out, incident.workflows);
  Put(out, incident.evidence);
  Put(out, incident.timeline);
  out.Bytes(incident.author);
  out.Bytes(incident.reason);
  Put(out, incident.state_since);
  out.Int(incident.changes);
  return out.Take();
}

}  // namespace

std::string EncodeIncident(const Incident& incident) {
  // A seal makes a third more of it.
  constexpr size_t kMost = kLedgerBytesMax / 3 * 2;
  std::string bytes = Encoded(incident);
  if (bytes.size() <= kMost) return bytes;
  Incident less = incident;
  for (Suspect& suspect : less.suspects) suspect.evidence.clear();
  bytes = Encoded(less);
  while (bytes.size() > kMost && !(less.suspects.empty() && less.evidence.empty() && less.timeline.empty())) {
    const bool few_suspects = less.suspects.size() <= 1;
    if (few_suspects && !less.timeline.empty()) {
      less.timeline.pop_back();
    } else if (few_suspects && !less.evidence.empty()) {
      less.evidence.pop_back();
    } else {
      less.suspects.pop_back();
    }
    bytes = Encoded(less);
  }
  return bytes;
}

std::optional<Incident> DecodeIncident(std::string_view bytes) {
  MsgpackReader in(bytes);
  const int64_t version = in.Int();
  if (version != kVersion && version != kWithoutDecisions) return std::nullopt;
  Incident incident;
  Get(in, incident.id);
  const bool known = Get(in, incident.kind, AttackKind::kKeyFlood) &&
                     Get(in, incident.severity, Severity::kCritical) &&
                     Get(in, incident.state, IncidentState::kFalseAlarm);
  if (!known) return std::nullopt;
  Get(in, incident.tenant);
  Get(in, incident.subject);
  Get(in, incident.first_seen);
  Get(in, incident.last_seen);
  Get(in, incident.ended);
  Get(in, incident.confidence);
  Get(in, incident.text);
  const size_t nodes = in.Array();
  for (size_t i = 0; i < nodes && in.ok(); ++i) Get(in, version, incident.counts.emplace_back());
  Get(in, incident.victims);
  Get(in, incident.sources);
  Get(in, incident.networks);
  Get(in, incident.suspects);
  Get(in, incident.workflows);
  Get(in, incident.evidence);
  Get(in, incident.timeline);
  Get(in, incident.author);
  Get(in, incident.reason);
  Get(in, incident.state_since);
  // The very first entries end here.
  if (version == kVersion || !in.AtEnd()) incident.changes = in.Int();
  if (!in.ok() || !in.AtEnd()) return std::nullopt;
  return incident;
}

}  // namespace latchkey
