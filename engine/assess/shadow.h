// Asks a shadowed policy what it would answer, with counts of its own (ADR 0006).
//
// It charges records that nobody else reads: under the keys of account and network with a mark mixed in. What
// it says never changes an answer.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "engine/assess/assessor.h"
#include "engine/assess/reporter.h"
#include "engine/attempt/plain_sealer.h"
#include "engine/base/under_way.h"
#include "engine/store/nothing_revoked.h"

namespace latchkey {

// All of it outlives the shadow and its pending calls.
struct ShadowParts {
  const Clock& clock;
  RandomSource& random;
  const KeyMaker& keys;
  const PolicyHolder& policies;
  SignalStore& store;
  const StakePresence* stakes = nullptr;  // as an assessor's
};

// Thread-safe. Never blocks, but to end: for settlements that are under way nobody else waits, so its end
// does, as long as the store may take. Not to be ended within a callback of the store.
class ShadowEngine final : public ShadowPolicy {
 public:
  ShadowEngine(ShadowParts parts, AssessSettings settings);
  ~ShadowEngine() override;
  ShadowEngine(const ShadowEngine&) = delete;
  ShadowEngine& operator=(const ShadowEngine&) = delete;

  [[nodiscard]] bool on() const override { return parts_.policies.Shadow() != nullptr; }
  void Assess(const Attempt& attempt, AttemptKeys keys, const Proofs& proofs, Duration deadline,
              std::function<void(std::optional<ShadowAnswer>)> done) override;
  void Settle(const AttemptToken& enforced, Outcome outcome, Duration deadline) override;

 private:
  // By the keys that shadowed records have.
  class MarkedStakes final : public StakePresence {
   public:
    explicit MarkedStakes(const StakePresence* stakes) : stakes_(stakes) {}
    [[nodiscard]] bool Any(const Key& account, TimePoint now) const override;

   private:
    const StakePresence* const stakes_;
  };

  const ShadowParts parts_;
  UnderWay settlements_;
  const MarkedStakes stakes_;
  const PlainSealer sealer_;
  // Proofs come with the question: they were looked at already.
  NothingRevoked revocations_;
  PolicyHolder shadowed_;  // what the two below go by
  Assessor assessor_;
  Reporter reporter_;
};

}  // namespace latchkey
