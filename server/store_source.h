// The store that the settings name, with what belongs to it: its durability, its fallback, its policies.
#pragma once

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "adapters/log/logging.h"
#include "engine/base/random.h"
#include "engine/incident/ledger.h"
#include "engine/policy/holder.h"
#include "engine/policy/repository.h"
#include "engine/recording/frames.h"
#include "engine/recording/queue.h"
#include "engine/stats/stats_exchange.h"
#include "engine/store/revocations.h"
#include "engine/store/signal_store.h"
#include "engine/store/sole_store.h"
#include "engine/store/store_health.h"
#include "server/settings.h"

namespace latchkey {

class StoreSource {
 public:
  // A Redis that is not there yet is no error: it is tried again, and attempts are answered without it
  // meanwhile. One that belongs to another environment is kFailedPrecondition.
  static absl::StatusOr<std::unique_ptr<StoreSource>> Open(const ServerSettings& settings, const Clock& clock,
                                                           RandomSource& random, ServiceLog& log);
  // Whether the settings of the store, and the files that they name, can work. Asks no server.
  static absl::Status Check(const ServerSettings& settings);
  virtual ~StoreSource() = default;

  [[nodiscard]] virtual SignalStore& store() = 0;
  // Counts while store() cannot be asked.
  [[nodiscard]] virtual SignalStore& local_store() = 0;
  // What both write to, where no other node does; else null.
  [[nodiscard]] virtual SoleStore* sole_store() = 0;
  // Where a shadowed policy counts: apart from what is enforced.
  [[nodiscard]] virtual SignalStore& shadow_store() = 0;
  [[nodiscard]] virtual std::string description() const = 0;
  // Calls once, when the store answers for the first time; perhaps at once, perhaps on another thread.
  virtual void WhenUp(std::function<void()> up) = 0;
  // Keeps what comes through `queue`, which outlives it, for as long as what is answered lives.
  virtual absl::StatusOr<std::shared_ptr<void>> OpenRecording(const RecordingSettings& settings,
                                                              RecordingHeader header,
                                                              RecordingQueue& queue) = 0;
  // Begins to watch the store and to mend it, until the answer is destroyed, which all that it is given
  // outlives.
  virtual std::unique_ptr<StoreHealthSource> Keep(const PolicyHolder& policies, Revocations& revocations,
                                                  std::function<std::vector<Revocation>()> live) = 0;
  // Tells other nodes of revocations; null where there are none.
  [[nodiscard]] virtual RevocationFeed* revocation_feed() = 0;
  // What nodes tell each other of their statistics; null where there is one node. Lives as long as this.
  [[nodiscard]] virtual StatsExchange* stats_exchange() = 0;
  // What they tell each other of attacks: as above, for another thread.
  [[nodiscard]] virtual StatsExchange* sightings_exchange() = 0;
  // Whether other nodes may have the same ledger.
  [[nodiscard]] virtual bool ledger_is_shared() const = 0;
  // Incidents, standings and stakes, for as long as this lives.
  virtual absl::StatusOr<std::unique_ptr<Ledger>> OpenLedger(LedgerLimits limits) = 0;
  // The repository of `policy.source: store`; an empty one gets the seed.
  virtual absl::StatusOr<std::unique_ptr<PolicyRepository>> OpenPolicyRevisions(PolicyRevision seed) = 0;
};

}  // namespace latchkey
