// Puts every answer and every report into the statistics.
#pragma once

#include "engine/assess/observer.h"
#include "engine/stats/decision_stats.h"

namespace latchkey {

// The pseudonym of a source, as statistics and logs show it.
[[nodiscard]] inline Key SourcePseudonym(const Key& network, uint64_t source) {
  return {network.high, source};
}

// Thread-safe.
class StatsObserver final : public DecisionObserver {
 public:
  StatsObserver(DecisionStats& stats, const Clock& clock) : stats_(stats), clock_(clock) {}

  void OnDecision(const Attempt& attempt, const Facts& facts, const Decision& decision) override;
  void OnReport(const AttemptToken& token, Outcome outcome, TimePoint now) override;

 private:
  DecisionStats& stats_;
  const Clock& clock_;
};

}  // namespace latchkey
