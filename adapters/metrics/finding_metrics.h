// Counts what detectors find, for Prometheus, and passes it on.
#pragma once

#include <array>

#include "engine/detect/finding.h"

namespace prometheus {
class Counter;
class Registry;
}  // namespace prometheus

namespace latchkey {

// Thread-safe. The registry and `next` must outlive it.
//   latchkey_findings_total{kind}: told findings; one attack is told again as it grows
class FindingMetrics final : public FindingSink {
 public:
  FindingMetrics(prometheus::Registry& registry, FindingSink& next);

  void OnFinding(const Finding& finding, TimePoint now) override;

 private:
  std::array<prometheus::Counter*, kAttackKinds + 1> by_kind_{};  // by number
  FindingSink& next_;
};

}  // namespace latchkey
