// Sealing of tokens: authentic and unreadable to whoever carries them (port; the adapter uses libsodium).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace latchkey {

// What a sealed text is for. Bound into the seal: a token of one purpose never opens as another.
enum class SealPurpose : unsigned char {
  kDeviceToken = 1,
  kAttemptToken = 2,
  kChallenge = 3,
  kFirstFactor = 4,
  kLedger = 5,
  kSightings = 6
};

// Thread-safe. Keys come from a ring: the newest seals, all live ones open.
class Sealer {
 public:
  virtual ~Sealer() = default;
  // Printable (URL-safe base64 without padding), at most 4/3 of the plain text plus 64 bytes.
  [[nodiscard]] virtual std::string Seal(SealPurpose purpose, std::string_view plain) const = 0;
  // Nothing for whatever was not sealed by a live key for this purpose: forged, foreign, cut, flipped.
  [[nodiscard]] virtual std::optional<std::string> Open(SealPurpose purpose,
                                                        std::string_view sealed) const = 0;
};

}  // namespace latchkey
