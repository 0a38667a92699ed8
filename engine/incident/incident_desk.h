// Makes incidents of findings, for all nodes together: the answering threads only hand findings over, and a
// keeper's thread folds them, a few times a second, into what the ledger has.
#pragma once

#include <functional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "engine/base/mutex.h"
#include "engine/base/random.h"
#include "engine/incident/incident_book.h"

namespace latchkey {

struct IncidentLimits {
  size_t waiting_max = 1024;  // findings of different attacks between two looks of the keeper
  size_t kept_max = 10'000;   // incidents; the oldest that have ended go first
  Duration age_max = std::chrono::hours(24 * 90);  // after it was seen last
  Duration silence = std::chrono::minutes(30);     // ends an incident
  Duration tell_every = std::chrono::seconds(5);   // what is no news waits so long
};

// Who hears of an incident that findings were folded into, on the keeper's thread.
class IncidentSink {
 public:
  virtual ~IncidentSink() = default;
  virtual void OnIncident(const Incident& incident, TimePoint now) = 0;
};

// Thread-safe, except Keep.
class IncidentDesk final : public FindingSink {
 public:
  using Done = std::function<void(absl::StatusOr<Incident>)>;

  // What every node counts when each hears what all others see.
  static constexpr uint64_t kAllNodes = 1;

  // `node` tells the counts of this process from those of others, which are added; kAllNodes: they are of the
  // same tries. All outlives it; the sink may be null.
  IncidentDesk(IncidentLimits limits, uint64_t node, NodeLedger& ledger, IncidentBook& book,
               RandomSource& random, IncidentSink* sink);

  // Keeps the latest finding of each attack; where too many wait, the gravest.
  void OnFinding(const Finding& finding, TimePoint now) override;

  // What people say. kNotFound for an unknown incident; see SetState.
  void Say(const std::string& id, IncidentState state, const std::string& author, const std::string& reason,
           TimePoint now, Done done);

  // Folds what waits, ends what is quiet, forgets what is too old. On one thread; waits for nothing.
  void Keep(TimePoint now);

  // Findings that were dropped since too many waited.
  [[nodiscard]] int64_t dropped() const;

 private:
  struct Fresh {
    Finding finding;
    TimePoint at;
  };

  void Fold(const std::string& claim, const Finding& finding, TimePoint now);
  void Put(Incident incident, uint64_t version, Ledger::Done done);
  void Return(const Finding& finding, TimePoint at);

  const IncidentLimits limits_;
  const uint64_t node_;
  NodeLedger& ledger_;
  IncidentBook& book_;
  RandomSource& random_;
  IncidentSink* const sink_;
  mutable Mutex mutex_;
  absl::flat_hash_map<std::string, Fresh> waiting_ ABSL_GUARDED_BY(mutex_);  // by claim
  int64_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;
  // The keeper's thread's, on which the ledger answers too: when this node has written each attack last.
  absl::flat_hash_map<std::string, TimePoint> told_;
  TimePoint tidied_;
};

}  // namespace latchkey
