// How a revision of the policy comes into force: for everybody, for a share of the accounts first, or in the
// shadow, where it is asked and not obeyed.
#pragma once

#include <cstdint>

#include "engine/attempt/key.h"

namespace latchkey {

// The numbers are stored and sent: they never change.
enum class Stage : uint8_t {
  kFull = 1,    // in force
  kShadow = 2,  // asked about every attempt, with counts of its own; decides nothing
  kShare = 3,   // in force for a share of the accounts
};

inline constexpr int64_t kWhole = 1'000'000;  // of a share in millionths

struct Rollout {
  Stage stage = Stage::kFull;
  int64_t share_millionths = 0;  // of kShare: 1 to kWhole - 1
  bool operator==(const Rollout&) const = default;
};

// Whether an account is in a share; the same on every node that has the key ring, and a larger share holds
// the smaller ones.
[[nodiscard]] constexpr bool InStage(const Key& account, int64_t share_millionths) {
  return static_cast<int64_t>((account.low >> 16U) % static_cast<uint64_t>(kWhole)) < share_millionths;
}

}  // namespace latchkey
