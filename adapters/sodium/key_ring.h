// The secrets of one environment: what counters are hashed under, and the keys that seal tokens.
//
// As text, one key a line, `#` begins a comment:
//
//   hash HEX64                                       exactly one: every counter's name depends on it, so a
//                                                    new one forgets all counters. It is not rotated.
//   ID HEX64 [not_before TIME] [not_after TIME]      sealing keys, oldest first; ID is 1 to 255.
//
// Times are RFC 3339. The last key that has begun and not ended seals; every key that has not ended opens,
// so a ring rotates without a moment at which two nodes disagree: hand all nodes the new key with a
// `not_before` some minutes ahead, and give the old one a `not_after` past the life of the longest token.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/sodium/secret.h"
#include "engine/base/clock.h"

namespace latchkey {

struct SealingKey {
  uint8_t id = 0;
  Secret secret;
  TimePoint not_before = TimePoint::min();
  TimePoint not_after = TimePoint::max();  // From this moment on the key opens nothing.
};

// Immutable after construction; const calls may run together.
class KeyRing {
 public:
  static constexpr int kSealingKeysMax = 32;

  // Says everything that is wrong at once, each with `name:line:column:`; never repeats a secret.
  [[nodiscard]] static absl::StatusOr<KeyRing> Parse(std::string_view text, std::string_view name);
  // Fresh random keys: a hashing key and one sealing key.
  [[nodiscard]] static KeyRing Generate();

  // What Parse reads back. Whoever calls it wipes the text.
  [[nodiscard]] std::string Text() const;

  [[nodiscard]] const Secret& hash_secret() const { return hash_secret_; }
  // Never empty; oldest first; at least one has no end.
  [[nodiscard]] const std::vector<SealingKey>& sealing_keys() const { return sealing_keys_; }

 private:
  KeyRing(Secret hash_secret, std::vector<SealingKey> sealing_keys);

  Secret hash_secret_;
  std::vector<SealingKey> sealing_keys_;
};

}  // namespace latchkey
