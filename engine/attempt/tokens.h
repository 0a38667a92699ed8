// The sealed tokens that Latchkey hands out, and what they carry.
//
// Each is versioned MessagePack inside a seal bound to its purpose. Opening answers nothing for a token that
// is forged, foreign, cut, flipped or of an unknown version: whoever carries it is a stranger, never an
// error. Device tokens follow OWASP's device cookies ("Slow Down Online Guessing Attacks with Device
// Cookies").
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/attempt/factor.h"
#include "engine/attempt/key.h"
#include "engine/attempt/lane.h"
#include "engine/attempt/sealer.h"
#include "engine/base/clock.h"

namespace latchkey {

// Proof of a device (lane `device`) or of a recovery (lane `recovered`), bound to one account of one tenant
// and environment by the account's key.
struct DeviceToken {
  enum class Kind : uint8_t { kDevice = 1, kRecovery = 2 } kind = Kind::kDevice;
  Key account;
  uint64_t id = 0;  // 48 bits
  TimePoint issued;
  int64_t epoch = 0;  // of the account when it was minted
  bool operator==(const DeviceToken&) const = default;
};

// A counter that an attempt was charged in, or that its success will be.
struct TokenCounter {
  enum class Effect : uint8_t { kNone = 0, kGiveBack = 1, kClear = 2, kAdd = 4 };
  uint16_t signature = 0;
  uint16_t sub = 0;
  int64_t weight = 1;
  uint64_t member = 0;
  uint8_t effects = 0;  // of Effect
  bool of_network = false;
  bool operator==(const TokenCounter&) const = default;
};

// The longest attempt token, sealed. One with as many counters as a policy can have it charged in fits.
inline constexpr size_t kAttemptTokenMax = 8192;
// The most counters that an attempt token can name.
inline constexpr size_t kTokenCountersMax = 256;

// All that Report needs, so that any node can take it.
struct AttemptToken {
  Key account;
  Key network;
  uint64_t source = 0;
  uint64_t reservation = 0;
  TimePoint charged_at;
  Lane lane = Lane::kStranger;
  uint16_t sub = 0;
  uint64_t proof = 0;       // slot id of the admitted lane's proof
  uint64_t new_device = 0;  // id of the device that a completed login mints
  Factor factor = Factor::kPassword;
  bool counted = true;    // false: the factor cannot be guessed, nothing was charged
  bool degraded = false;  // charged on the node alone
  std::optional<uint16_t> tag;
  std::vector<TokenCounter> counters;
  uint64_t decision = 0;      // 63 bits
  std::string shadow_charge;  // of a shadowed policy; empty without
  bool operator==(const AttemptToken&) const = default;
};

// A challenge to be passed for one account, once.
struct ChallengeToken {
  Key account;
  uint64_t id = 0;  // 48 bits
  TimePoint issued;
  bool operator==(const ChallengeToken&) const = default;
};

// Proof that the first factor was right: opens the one-time code's budget.
struct FirstFactorToken {
  Key account;
  TimePoint passed_at;
  bool operator==(const FirstFactorToken&) const = default;
};

[[nodiscard]] std::string SealToken(const Sealer& sealer, const DeviceToken& token);
[[nodiscard]] std::string SealToken(const Sealer& sealer, const AttemptToken& token);
[[nodiscard]] std::string SealToken(const Sealer& sealer, const ChallengeToken& token);
[[nodiscard]] std::string SealToken(const Sealer& sealer, const FirstFactorToken& token);

[[nodiscard]] std::optional<DeviceToken> OpenDeviceToken(const Sealer& sealer, std::string_view sealed);
[[nodiscard]] std::optional<AttemptToken> OpenAttemptToken(const Sealer& sealer, std::string_view sealed);
// The same into a token that may have been used before, whose memory is used again; it is worthless when the
// answer is false.
[[nodiscard]] bool OpenAttemptTokenInto(const Sealer& sealer, std::string_view sealed, AttemptToken& token);
[[nodiscard]] std::optional<ChallengeToken> OpenChallengeToken(const Sealer& sealer, std::string_view sealed);
[[nodiscard]] std::optional<FirstFactorToken> OpenFirstFactorToken(const Sealer& sealer,
                                                                   std::string_view sealed);

// The plain bytes, for the fuzzers: decoding never fails otherwise than by answering nothing.
[[nodiscard]] std::optional<DeviceToken> DecodeDeviceToken(std::string_view plain);
[[nodiscard]] std::optional<AttemptToken> DecodeAttemptToken(std::string_view plain);

}  // namespace latchkey
