// Factors: what an attempt proves, or tries to guess.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace latchkey {

enum class Factor : uint8_t {
  kPassword = 0,
  kOneTimeCode = 1,
  kRecoveryCode = 2,
  kPasskey = 3,
  kCertificate = 4
};

inline constexpr int kFactorCount = 5;

// "password", "one_time_code", "recovery_code", "passkey", "certificate".
[[nodiscard]] constexpr std::string_view FactorName(Factor factor) {
  constexpr std::array<std::string_view, kFactorCount> kNames = {"password", "one_time_code", "recovery_code",
                                                                 "passkey", "certificate"};
  return kNames[static_cast<size_t>(factor)];
}

[[nodiscard]] constexpr std::optional<Factor> FactorFromName(std::string_view name) {
  for (int i = 0; i < kFactorCount; ++i) {
    if (FactorName(static_cast<Factor>(i)) == name) return static_cast<Factor>(i);
  }
  return std::nullopt;
}

// What cannot be guessed is not counted: passkeys and certificates.
[[nodiscard]] constexpr bool Guessable(Factor factor) {
  return factor == Factor::kPassword || factor == Factor::kOneTimeCode || factor == Factor::kRecoveryCode;
}

}  // namespace latchkey
