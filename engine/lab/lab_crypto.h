// Hashes and seals that cost next to nothing, for a world in which nobody breaks ciphers.
//
// The lab is about counting. Its forgers send noise, cut, flipped and foreign tokens, and those fail here as
// they fail with libsodium (tests/adapters/sodium); what is saved is half of the time of an attempt.
#pragma once

#include <string>

#include "engine/attempt/key.h"
#include "engine/attempt/sealer.h"

namespace latchkey::lab {

// Deterministic. Thread-safe: keeps nothing.
class LabKeyHasher final : public KeyHasher {
 public:
  [[nodiscard]] Key Hash(std::string_view material) const override;
};

// Binds text and purpose under a checksum. Readable; for the lab alone. Thread-safe: keeps nothing.
class LabSealer final : public Sealer {
 public:
  [[nodiscard]] std::string Seal(SealPurpose purpose, std::string_view plain) const override;
  [[nodiscard]] std::optional<std::string> Open(SealPurpose purpose, std::string_view sealed) const override;
};

}  // namespace latchkey::lab
