#include "engine/incident/incident_desk.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/incident/incident_codec.h"

namespace latchkey {
namespace {

constexpr int kTries = 4;
constexpr Duration kTidyEvery = std::chrono::minutes(1);

}  // namespace

IncidentDesk::IncidentDesk(IncidentLimits limits, uint64_t node, NodeLedger& ledger, IncidentBook& book,
                           RandomSource& random, IncidentSink* sink)
    : limits_(limits), node_(node), ledger_(ledger), book_(book), random_(random), sink_(sink) {}

void IncidentDesk::OnFinding(const Finding& finding, TimePoint now) {
  std::string claim = ClaimOf(finding);
  const MutexLock lock(mutex_);
  if (const auto found = waiting_.find(claim); found != waiting_.end()) {
    // Counts grow: the latest says all that the one before said. An older one comes back from the ledger.
    if (finding.last_seen >= found->second.finding.last_seen) found->second = {finding, now};
    return;
  }
  if (waiting_.size() >= limits_.waiting_max) {
    ++dropped_;
    const auto least = std::min_element(waiting_.begin(), waiting_.end(), [](const auto& a, const auto& b) {
      return a.second.finding.severity < b.second.finding.severity;
    });
    if (least->second.finding.severity >= finding.severity) return;
    waiting_.erase(least);
  }
  waiting_.emplace(std::move(claim), Fresh{finding, now});
}

void IncidentDesk::Return(const Finding& finding, TimePoint at) {
  const MutexLock lock(mutex_);
  if (waiting_.size() < limits_.waiting_max) waiting_.try_emplace(ClaimOf(finding), Fresh{finding, at});
}

void IncidentDesk::Keep(TimePoint now) {
  if (!ledger_.ready()) return;
  absl::flat_hash_map<std::string, Fresh> fresh;
  {
    const MutexLock lock(mutex_);
    fresh.swap(waiting_);
  }
  for (const auto& [claim, one] : fresh) Fold(claim, one.finding, now);

  if (now - tidied_ >= kTidyEvery) {
    tidied_ = now;
    book_.ForgetEnded(now);
  }
  const auto ignore = [](const absl::StatusOr<LedgerPlace>&) {
  };  // another node has done it, or the next look will
  for (const IncidentBook::Known& quiet : book_.QuietSince(now - limits_.silence)) {
    if (fresh.contains(ClaimOf(quiet.incident))) continue;
    Incident incident = quiet.incident;
    EndBySilence(incident, now);
    told_.erase(ClaimOf(incident));
    Put(incident, quiet.version, ignore);
  }
  for (const IncidentBook::Known& old : book_.Beyond(limits_.kept_max)) {
    LedgerChange change;
    change.id = old.incident.id;
    change.expected = old.version;
    change.bytes = EncodeIncident(old.incident);
    change.keep = false;
    change.end = now;
    ledger_.Put(Book::kIncidents, std::move(change), ignore);
  }
}

void IncidentDesk::Fold(const std::string& claim, const Finding& finding, TimePoint now) {
  const std::optional<IncidentBook::Known> known = book_.GoingOn(claim);
  Incident incident;
  if (known) {
    incident = known->incident;
    const FoldWeight weight = FoldFinding(incident, finding, node_, now);
    const auto told = told_.find(claim);
    const bool wait = told != told_.end() && now - told->second < limits_.tell_every;
    if (weight == FoldWeight::kMore && wait) return Return(finding, now);
    if (weight == FoldWeight::kNothing) {
      if (sink_ != nullptr) sink_->OnIncident(incident, now);
      return;
    }
  } else {
    // What ended by silence does not begin again with what was seen before.
    if (finding.last_seen + limits_.silence < now) return;
    incident = OpenIncident(absl::StrCat(absl::Hex(random_.Next(), absl::kZeroPad16)), finding, node_, now);
  }
  Put(incident, known ? known->version : 0,
      [this, claim, finding, incident, now](const absl::StatusOr<LedgerPlace>& place) {
        // Another node was quicker, or the ledger does not answer: folded anew into what is known then.
        if (!place.ok()) return Return(finding, now);
        if (told_.size() > 2 * limits_.kept_max) told_.clear();
        told_[claim] = now;
        if (sink_ != nullptr) sink_->OnIncident(incident, now);
      });
}

void IncidentDesk::Put(Incident incident, uint64_t version, Ledger::Done done) {
  LedgerChange change;
  change.id = incident.id;
  change.expected = version;
  if (version != 0) ++incident.changes;
  change.bytes = EncodeIncident(incident);
  change.end = incident.last_seen + limits_.age_max;
  if (incident.goes_on()) change.claim = ClaimOf(incident);
  ledger_.Put(Book::kIncidents, std::move(change), std::move(done));
}

void IncidentDesk::Say(const std::string& id, IncidentState state, const std::string& author,
                       const std::string& reason, TimePoint now, Done done) {
  struct Again {
    static void Try(IncidentDesk& desk, int left, std::string id, IncidentState state, std::string author,
                    std::string reason, TimePoint now, Done done) {
      std::optional<IncidentBook::Known> known = desk.book_.Get(id);
      if (!known) return done(absl::NotFoundError("incident_id: no such incident; it may be too old"));
      Incident incident = std::move(known->incident);
      if (absl::Status status = SetState(incident, state, author, reason, now); !status.ok())
        return done(std::move(status));
      desk.Put(incident, known->version, [=, &desk](const absl::StatusOr<LedgerPlace>& place) {
        if (place.ok()) return done(incident);
        if (!absl::IsAborted(place.status()) || left == 0) return done(place.status());
        Try(desk, left - 1, id, state, author, reason, now, done);
      });
    }
  };
  Again::Try(*this, kTries, id, state, author, reason, now, std::move(done));
}

int64_t IncidentDesk::dropped() const {
  const MutexLock lock(mutex_);
  return dropped_;
}

}  // namespace latchkey
