// Counts what detectors find, for Prometheus, and passes it on.
#pragma once

#include <array>
#include <cstdint>

#include "engine/detect/finding.h"

namespace prometheus {
class Counter;
class Registry;
}  // namespace prometheus

namespace latchkey {

// Thread-safe. The registry and `next` must outlive it.
//   latchkey_findings_total{kind}: told findings; one attack is told again as it grows
//   latchkey_sightings_dropped_total: what was too much at once to tell other nodes
class FindingMetrics final : public FindingSink {
 public:
  FindingMetrics(prometheus::Registry& registry, FindingSink& next);

  void OnFinding(const Finding& finding, TimePoint now) override;
  // AttackWatcher::sightings_dropped.
  void Update(uint64_t sightings_dropped);

 private:
  std::array<prometheus::Counter*, kAttackKinds + 1> by_kind_{};  // by number
  prometheus::Counter* sightings_dropped_;
  FindingSink& next_;
};

}  // namespace latchkey
