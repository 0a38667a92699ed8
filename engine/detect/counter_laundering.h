// Somebody logs in to an account of his own between guesses on others, to have the guesses forgotten.
#pragma once

#include "engine/detect/detector.h"

namespace latchkey {

class CounterLaundering final : public Detector {
 public:
  using Limits = DetectSpec::CounterLaundering;
  explicit CounterLaundering(Limits limits) : limits_(limits) {}

  [[nodiscard]] AttackKind kind() const override { return AttackKind::kCounterLaundering; }
  [[nodiscard]] std::optional<Finding> Evaluate(const Activity& activity) const override;

 private:
  const Limits limits_;
};

}  // namespace latchkey
