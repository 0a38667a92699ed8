// Opens the tokens that an attempt carries. What does not hold proves nothing; it is never an error.
#pragma once

#include "engine/assess/charges.h"
#include "engine/attempt/sealer.h"
#include "engine/store/revocations.h"

namespace latchkey {

// Thread-safe. What it refers to must outlive it.
class ProofReader {
 public:
  ProofReader(const Sealer& sealer, const Revocations& revocations)
      : sealer_(sealer), revocations_(revocations) {}

  [[nodiscard]] Proofs Read(const Attempt& attempt, const Key& account, const Policy& policy,
                            TimePoint now) const;

  // Whether the one-time code's first factor was passed for this account less than ten minutes ago.
  [[nodiscard]] bool FirstFactorPassed(const Attempt& attempt, const Key& account, TimePoint now) const;

 private:
  const Sealer& sealer_;
  const Revocations& revocations_;
};

}  // namespace latchkey
