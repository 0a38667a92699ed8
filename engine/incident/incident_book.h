// The incidents that this node knows: its copy of the ledger's, listed and searched in memory.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "engine/incident/incident.h"
#include "engine/incident/node_ledger.h"

namespace latchkey {

struct IncidentFilter {
  std::set<IncidentState> states;  // empty: any
  std::set<AttackKind> kinds;      // empty: any
  std::string tenant;              // empty: any
  // A victim or suspect, a source or network: by key, or by the name that is shown.
  std::optional<NamedAccount> account;
  std::optional<NamedSource> source;
  TimePoint since = TimePoint::min();  // was seen at this time or later
  TimePoint until = TimePoint::max();  // and first before this

  [[nodiscard]] bool Matches(const Incident& incident) const;
};

// What became of a detector's incidents: how often people called them false.
struct DetectorReport {
  AttackKind kind = AttackKind::kLockoutSabotage;
  int64_t incidents = 0;
  int64_t open = 0;  // and acknowledged
  int64_t resolved_by_people = 0;
  int64_t ended_by_silence = 0;  // and nobody said anything
  int64_t false_alarms = 0;
  // Of the false alarms: the confidence they had, and what spoke for them most often, most often first.
  double false_confidence_max = 0;
  std::vector<std::string> false_reasons;  // what people said; the latest first, at most 10
};

// How many incidents of a kind and severity nobody has closed.
struct UnresolvedIncidents {
  AttackKind kind = AttackKind::kLockoutSabotage;
  Severity severity = Severity::kLow;
  int64_t open = 0;          // nobody has looked at them
  int64_t acknowledged = 0;  // somebody looks at them
  bool operator==(const UnresolvedIncidents&) const = default;
};

// Thread-safe.
class IncidentBook final : public BookCopy {
 public:
  struct Known {
    Incident incident;
    uint64_t version = 0;
    TimePoint end;  // of the document
  };
  struct Page {
    std::vector<Incident> incidents;  // those seen first last: the newest first
    std::string next_page_token;      // empty: the last page
  };

  void Load(const std::vector<LedgerEntry>& documents) override;
  void Hear(const LedgerEntry& entry) override;
  [[nodiscard]] std::vector<LedgerEntry> Held() const override;

  [[nodiscard]] std::optional<Known> Get(const std::string& id) const;
  // The one that goes on under this claim.
  [[nodiscard]] std::optional<Known> GoingOn(const std::string& claim) const;
  // kInvalidArgument for a page token that is none.
  [[nodiscard]] absl::StatusOr<Page> List(const IncidentFilter& filter, size_t page_size,
                                          const std::string& page_token) const;
  // Those that go on and were seen last before `before`.
  [[nodiscard]] std::vector<Known> QuietSince(TimePoint before) const;
  // The oldest that have ended, so that `keep` are left.
  [[nodiscard]] std::vector<Known> Beyond(size_t keep) const;
  // What the ledger has forgotten by itself.
  void ForgetEnded(TimePoint now);
  [[nodiscard]] std::vector<DetectorReport> Report(TimePoint since) const;
  // Those that are neither resolved nor false alarms, the gravest first, by kind; no empty ones.
  [[nodiscard]] std::vector<UnresolvedIncidents> Unresolved() const;

 private:
  using Order = std::pair<TimePoint, std::string>;  // first seen and id
  using ByKind = std::array<UnresolvedIncidents, kAttackKinds>;

  void Put(const LedgerEntry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Drop(const std::string& id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Count(const Incident& incident, int64_t difference) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  absl::flat_hash_map<std::string, Known> known_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, std::string> of_claim_ ABSL_GUARDED_BY(mutex_);
  std::set<Order> order_ ABSL_GUARDED_BY(mutex_);
  std::array<ByKind, kSeverityLevels> unresolved_ ABSL_GUARDED_BY(mutex_){};  // by severity less one
};

}  // namespace latchkey
