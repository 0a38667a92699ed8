// Somebody guesses with a device token that was copied: it fails and fails from a network where that device
// never got in, or while its owner logs in elsewhere.
#pragma once

#include "engine/detect/detector.h"

namespace latchkey {

class TokenTheft final : public Detector {
 public:
  using Limits = DetectSpec::TokenTheft;
  explicit TokenTheft(Limits limits) : limits_(limits) {}

  [[nodiscard]] AttackKind kind() const override { return AttackKind::kTokenTheft; }
  [[nodiscard]] std::optional<Finding> Evaluate(const Activity& activity) const override;

 private:
  const Limits limits_;
};

}  // namespace latchkey
