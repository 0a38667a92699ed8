// How many incidents nobody has looked at, for Prometheus.
#pragma once

#include <array>
#include <vector>

#include "engine/incident/incident_book.h"

namespace prometheus {
class Gauge;
class Registry;
}  // namespace prometheus

namespace latchkey {

// Thread-compatible. The registry must outlive it.
//   latchkey_incidents_open{kind,severity}: of the whole ledger as this node sees it, so not to be added up
//   over nodes; all kinds and severities from the start
class IncidentMetrics {
 public:
  explicit IncidentMetrics(prometheus::Registry& registry);
  // As it is now: what is not named is zero.
  void Update(const std::vector<UnresolvedIncidents>& incidents);

 private:
  // By number, less one.
  std::array<std::array<prometheus::Gauge*, kSeverityLevels>, kAttackKinds> open_{};
};

}  // namespace latchkey
