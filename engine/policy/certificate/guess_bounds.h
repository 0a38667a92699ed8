// How many wrong passwords of one account can be verified in a span, lane by lane and in all.
//
// For any number of addresses, networks and autonomous systems, an attacker who holds every proof there is
// (a stolen token of each device, every familiar address, every recovery, CAPTCHAs solved) and who paces
// perfectly. What only counts an address does not bound him, nor what counts tags or autonomous systems that
// a caller may not send, nor rules for some paths or groups. Tenant-wide limits are each node's own and are
// not relied on.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/policy/certificate/breach.h"
#include "engine/policy/certificate/reach.h"

namespace latchkey {

// Guesses in any half-open span of this length. Nothing: not bounded.
struct GuessRow {
  Duration span{0};  // zero: between two successes, however long that is
  // Between two completed logins that clear a count.
  std::optional<int64_t> total;
  std::array<std::optional<int64_t>, kLaneCount> by_lane;
  // However often the owner logs in meanwhile, but for logins with the guessed device or recovery itself.
  std::optional<int64_t> whatever_logins;
};

// One of the policy's `bounds:`.
struct BoundCheck {
  Duration span{0};  // zero: consecutive
  int64_t bound = 0;
  std::optional<int64_t> proved;
  std::array<std::optional<int64_t>, kLaneCount> parts;
  [[nodiscard]] bool holds() const { return proved && *proved <= bound; }
};

struct GuessBounds {
  std::vector<GuessRow> rows;  // 1 h, 24 h, 30 d, 365 d
  GuessRow consecutive;
  std::vector<BoundCheck> checks;
};

// `token_life`: how long an attempt may await its report.
[[nodiscard]] GuessBounds BoundGuesses(const Policy& policy, const std::vector<Reach>& reaches,
                                       Duration token_life);

// The same for a span of any length, and for any factor that can be guessed. Requires: span > 0.
[[nodiscard]] GuessRow GuessesWithin(const Policy& policy, const std::vector<Reach>& reaches,
                                     Duration token_life, Duration span, Factor factor = Factor::kPassword);

// Wrong codes of one account, tried by somebody who knows the password besides.
struct CodeBounds {
  Factor factor = Factor::kOneTimeCode;
  std::vector<GuessRow> rows;  // 24 h, 30 d
};

// One-time codes and recovery codes.
[[nodiscard]] std::vector<CodeBounds> BoundCodes(const Policy& policy, const std::vector<Reach>& reaches,
                                                 Duration token_life);

// Findings of P2: bounds that are not stated or do not hold.
[[nodiscard]] std::vector<Breach> FindUnboundedGuesses(const GuessBounds& bounds);

// Wrong passwords that one person has, all at once, before the answer is not ALLOW.
struct OwnerTries {
  std::array<int64_t, kLaneCount> by_lane{};  // with this lane's proof alone, within the lane
  int64_t on_known_device = 0;  // on a known device at a familiar address, lanes falling through
  int64_t as_stranger = 0;
};
[[nodiscard]] OwnerTries CountOwnerTries(const std::vector<Reach>& reaches);

}  // namespace latchkey
