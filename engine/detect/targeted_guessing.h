// Somebody tries many passwords on one account, from few sources.
#pragma once

#include "engine/detect/detector.h"

namespace latchkey {

class TargetedGuessing final : public Detector {
 public:
  using Limits = DetectSpec::TargetedGuessing;
  explicit TargetedGuessing(Limits limits) : limits_(limits) {}

  [[nodiscard]] AttackKind kind() const override { return AttackKind::kTargetedGuessing; }
  [[nodiscard]] std::optional<Finding> Evaluate(const Activity& activity) const override;

 private:
  const Limits limits_;
};

}  // namespace latchkey
