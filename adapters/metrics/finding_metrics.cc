#include "adapters/metrics/finding_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include "adapters/metrics/raise.h"

namespace latchkey {

FindingMetrics::FindingMetrics(prometheus::Registry& registry, FindingSink& next) : next_(next) {
  auto& findings = prometheus::BuildCounter()
                       .Name("latchkey_findings_total")
                       .Help("Findings of detectors; one attack is found again as it grows")
                       .Register(registry);
  for (size_t kind = 1; kind < by_kind_.size(); ++kind)
    by_kind_[kind] = &findings.Add({{"kind", std::string(NameOf(static_cast<AttackKind>(kind)).id)}});
  sightings_dropped_ =
      &prometheus::BuildCounter()
           .Name("latchkey_sightings_dropped_total")
           .Help("What detectors count on this node alone, for it came too fast to tell others")
           .Register(registry)
           .Add({});
}

void FindingMetrics::Update(uint64_t sightings_dropped) { RaiseTo(*sightings_dropped_, sightings_dropped); }

void FindingMetrics::OnFinding(const Finding& finding, TimePoint now) {
  by_kind_[static_cast<size_t>(finding.kind)]->Increment();
  next_.OnFinding(finding, now);
}

}  // namespace latchkey
