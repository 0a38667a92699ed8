// Somebody fails logins on an account to have it locked, not to get in.
//
// Odds: rare (`one_in`), then term by term: failures in a row, a stake, its deadline, few passwords, tries
// paced to refusals, other victims in the same workflow, a rival who is tied to it. Guessers speak against
// it: they pay for challenges, try popular passwords and never the same one twice.
#pragma once

#include "engine/detect/detector.h"

namespace latchkey {

class LockoutSabotage final : public Detector {
 public:
  using Limits = DetectSpec::LockoutSabotage;
  LockoutSabotage(Limits limits, DetectSpec::Suspects suspects) : limits_(limits), suspects_(suspects) {}

  [[nodiscard]] AttackKind kind() const override { return AttackKind::kLockoutSabotage; }
  [[nodiscard]] std::optional<Finding> Evaluate(const Activity& activity) const override;

 private:
  const Limits limits_;
  const DetectSpec::Suspects suspects_;
};

}  // namespace latchkey
