// What an assessor knows of a shadowed policy (ADR 0006).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "engine/assess/charges.h"
#include "engine/assess/decision.h"
#include "engine/assess/observer.h"
#include "engine/attempt/attempt_keys.h"
#include "engine/attempt/tokens.h"

namespace latchkey {

// Thread-safe. Never blocks.
class ShadowPolicy {
 public:
  virtual ~ShadowPolicy() = default;

  // Whether a policy is shadowed now. Cheap: every attempt asks.
  [[nodiscard]] virtual bool on() const = 0;

  // Answers and charges as if the shadowed policy were in force. `done` hears once, perhaps on a thread of
  // the store: nothing when no policy is shadowed any more or the store did not answer. The answer's `charge`
  // goes into the attempt token.
  virtual void Assess(const Attempt& attempt, AttemptKeys keys, const Proofs& proofs, Duration deadline,
                      std::function<void(std::optional<ShadowAnswer>)> done) = 0;

  // Settles what the shadow has charged for the attempt of this token.
  virtual void Settle(const AttemptToken& enforced, Outcome outcome, Duration deadline) = 0;
};

}  // namespace latchkey
