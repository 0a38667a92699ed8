// Somebody tries a few passwords on many accounts: one password fails on far more accounts than its like, and
// than yesterday. Needs the tenant's tags; where they come from does not matter.
#pragma once

#include "engine/detect/detector.h"

namespace latchkey {

class PasswordSpray final : public Detector {
 public:
  using Limits = DetectSpec::PasswordSpray;
  explicit PasswordSpray(Limits limits) : limits_(limits) {}

  [[nodiscard]] AttackKind kind() const override { return AttackKind::kPasswordSpray; }
  [[nodiscard]] std::optional<Finding> Evaluate(const Activity& activity) const override;

 private:
  const Limits limits_;
};

}  // namespace latchkey
