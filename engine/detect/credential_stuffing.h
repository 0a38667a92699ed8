// Somebody tries pairs of names and passwords from a breach elsewhere: from some source or network, many
// accounts fail with as many passwords, once or twice each, and hardly anybody logs in from there.
#pragma once

#include "engine/detect/detector.h"

namespace latchkey {

class CredentialStuffing final : public Detector {
 public:
  using Limits = DetectSpec::CredentialStuffing;
  explicit CredentialStuffing(Limits limits) : limits_(limits) {}

  [[nodiscard]] AttackKind kind() const override { return AttackKind::kCredentialStuffing; }
  [[nodiscard]] std::optional<Finding> Evaluate(const Activity& activity) const override;

 private:
  const Limits limits_;
};

}  // namespace latchkey
