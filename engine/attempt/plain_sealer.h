// Seals nothing: for tokens that never leave the process, or travel within a token that is sealed.
#pragma once

#include "engine/attempt/sealer.h"

namespace latchkey {

// Thread-safe: keeps nothing.
class PlainSealer final : public Sealer {
 public:
  [[nodiscard]] std::string Seal(SealPurpose purpose, std::string_view plain) const override {
    std::string text(1, static_cast<char>(purpose));
    return text.append(plain);
  }
  [[nodiscard]] std::optional<std::string> Open(SealPurpose purpose, std::string_view sealed) const override {
    if (sealed.empty() || sealed.front() != static_cast<char>(purpose)) return std::nullopt;
    return std::string(sealed.substr(1));
  }
};

}  // namespace latchkey
