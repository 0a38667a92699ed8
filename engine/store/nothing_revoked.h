// Revocations of those who have none: what happens beside the real service, or before it, revokes nothing.
#pragma once

#include "engine/store/revocations.h"

namespace latchkey {

// Takes every revocation and forgets it. Thread-safe.
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

}  // namespace latchkey
