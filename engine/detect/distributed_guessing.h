// Many sources together try passwords on one account.
#pragma once

#include "engine/detect/detector.h"

namespace latchkey {

class DistributedGuessing final : public Detector {
 public:
  using Limits = DetectSpec::DistributedGuessing;
  explicit DistributedGuessing(Limits limits) : limits_(limits) {}

  [[nodiscard]] AttackKind kind() const override { return AttackKind::kDistributedGuessing; }
  [[nodiscard]] std::optional<Finding> Evaluate(const Activity& activity) const override;

 private:
  const Limits limits_;
};

}  // namespace latchkey
