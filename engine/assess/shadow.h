// Asks a shadowed policy what it would answer, with counts of its own (ADR 0006).
//
// It charges records that nobody else reads: under the keys of account and network with a mark mixed in. What
// it says never changes an answer.
#pragma once

#include <functional>
#include <optional>

#include "engine/assess/assessor.h"
#include "engine/assess/reporter.h"
#include "engine/attempt/plain_sealer.h"

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

// Thread-safe. Never blocks.
class ShadowEngine final : public ShadowPolicy {
 public:
  ShadowEngine(ShadowParts parts, AssessSettings settings);

  [[nodiscard]] bool on() const override { return parts_.policies.Shadow() != nullptr; }
  void Assess(const Attempt& attempt, AttemptKeys keys, const Proofs& proofs, Duration deadline,
              std::function<void(std::optional<ShadowAnswer>)> done) override;
  void Settle(const AttemptToken& enforced, Outcome outcome, Duration deadline) override;

 private:
  // Proofs come with the question: they were looked at already.
  class NothingRevoked final : public Revocations {
   public:
    [[nodiscard]] int64_t EpochOf(const Key& /*account*/) const override { return 0; }
    [[nodiscard]] bool IsRevoked(uint64_t /*device*/) const override { return false; }
    absl::Status RevokeAll(const Key& /*account*/, int64_t /*epoch*/, TimePoint /*keep_until*/) override {
      return absl::OkStatus();
    }
    absl::Status RevokeDevice(uint64_t /*device*/, TimePoint /*keep_until*/) override {
      return absl::OkStatus();
    }
  };

  // By the keys that shadowed records have.
  class MarkedStakes final : public StakePresence {
   public:
    explicit MarkedStakes(const StakePresence* stakes) : stakes_(stakes) {}
    [[nodiscard]] bool Any(const Key& account, TimePoint now) const override;

   private:
    const StakePresence* const stakes_;
  };

  const ShadowParts parts_;
  const MarkedStakes stakes_;
  const PlainSealer sealer_;
  NothingRevoked revocations_;
  PolicyHolder shadowed_;  // what the two below go by
  Assessor assessor_;
  Reporter reporter_;
};

}  // namespace latchkey
