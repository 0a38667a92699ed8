// Tells dependent workflows that an account of theirs is attacked: an account with a stake whose strangers
// are refused is `under_attack`, until they have been quiet for a while.
#pragma once

#include "engine/assess/observer.h"
#include "engine/workflow/stakes.h"
#include "engine/workflow/standings.h"

namespace latchkey {

// Thread-safe.
class AttackWatch final : public DecisionObserver {
 public:
  // How long an account stays under attack after the last refusal.
  static constexpr Duration kQuiet = std::chrono::minutes(15);

  AttackWatch(Stakes& stakes, Standings& standings) : stakes_(stakes), standings_(standings) {}

  void OnDecision(const Attempt& attempt, const Facts& facts, const Decision& decision) override;
  void OnReport(const AttemptToken& /*token*/, Outcome /*outcome*/, TimePoint /*now*/) override {}

 private:
  Stakes& stakes_;
  Standings& standings_;
};

}  // namespace latchkey
