// Somebody invents names without end, to fill the memory that counts: hardly any of them exists.
#pragma once

#include "engine/detect/detector.h"

namespace latchkey {

class KeyFlood final : public Detector {
 public:
  using Limits = DetectSpec::KeyFlood;
  explicit KeyFlood(Limits limits) : limits_(limits) {}

  [[nodiscard]] AttackKind kind() const override { return AttackKind::kKeyFlood; }
  [[nodiscard]] std::optional<Finding> Evaluate(const Activity& activity) const override;

 private:
  const Limits limits_;
};

}  // namespace latchkey
