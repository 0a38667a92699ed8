// Somebody tries passwords on an account for days, always below the limits.
#pragma once

#include "engine/detect/detector.h"

namespace latchkey {

class LowAndSlow final : public Detector {
 public:
  using Limits = DetectSpec::LowAndSlow;
  explicit LowAndSlow(Limits limits) : limits_(limits) {}

  [[nodiscard]] AttackKind kind() const override { return AttackKind::kLowAndSlow; }
  [[nodiscard]] std::optional<Finding> Evaluate(const Activity& activity) const override;

 private:
  const Limits limits_;
};

}  // namespace latchkey
