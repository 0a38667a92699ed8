// Puts every answer and every report into the statistics.
#pragma once

#include "engine/assess/observer.h"
#include "engine/stats/decision_stats.h"

namespace latchkey {

// Thread-safe.
class StatsObserver final : public DecisionObserver {
 public:
  explicit StatsObserver(DecisionStats& stats) : stats_(stats) {}

  void OnDecision(const Attempt& attempt, const Facts& facts, const Decision& decision) override;
  void OnReport(const AttemptToken& token, Outcome outcome, TimePoint now) override;

 private:
  DecisionStats& stats_;
};

}  // namespace latchkey
