#include "adapters/metrics/incident_metrics.h"

#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <string>

namespace latchkey {

IncidentMetrics::IncidentMetrics(prometheus::Registry& registry) {
  auto& family = prometheus::BuildGauge()
                     .Name("latchkey_incidents_open")
                     .Help(
                         "Incidents that nobody has looked at: of all nodes that share the ledger, as this "
                         "node sees it; take the max over nodes, not the sum")
                     .Register(registry);
  for (size_t kind = 0; kind < kAttackKinds; ++kind) {
    for (size_t severity = 0; severity < kSeverityLevels; ++severity) {
      open_.at(kind).at(severity) =
          &family.Add({{"kind", std::string(NameOf(static_cast<AttackKind>(kind + 1)).id)},
                       {"severity", std::string(SeverityName(static_cast<Severity>(severity + 1)))}});
    }
  }
}

void IncidentMetrics::Update(const std::vector<UnresolvedIncidents>& incidents) {
  std::array<std::array<int64_t, kSeverityLevels>, kAttackKinds> open{};
  for (const UnresolvedIncidents& counts : incidents)
    open.at(static_cast<size_t>(counts.kind) - 1).at(static_cast<size_t>(counts.severity) - 1) = counts.open;
  for (size_t kind = 0; kind < kAttackKinds; ++kind) {
    for (size_t severity = 0; severity < kSeverityLevels; ++severity)
      open_.at(kind).at(severity)->Set(static_cast<double>(open.at(kind).at(severity)));
  }
}

}  // namespace latchkey
