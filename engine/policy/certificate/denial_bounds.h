// Whom others can keep out, for how long, and what it costs them.
//
// A victim has the lanes of his proofs and falls through them; he is kept out when each is closed by
// somebody else. The price is that of the cheapest set of limits that closes them all for a whole day.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/policy/certificate/reach.h"

namespace latchkey {

// Prices that attackers pay, from published offers (docs/certificate.md has the sources).
struct AttackPrices {
  double captcha_low = 0.5e-3, captcha_high = 3e-3;  // a solved CAPTCHA, dollars
  double request_low = 5e-5, request_high = 1e-4;    // a request through a rented address, dollars
};

struct DenialCost {
  int64_t requests = 0;  // to begin with
  Duration lasts{0};     // one round of them; zero: does not end by itself
  int64_t requests_per_day = 0;
  int64_t captchas_per_day = 0;
  int64_t sources = 1;  // different addresses needed
  double usd_per_day_low = 0, usd_per_day_high = 0;
  std::vector<std::string> rules;  // whose limits are filled
};

struct Denial {
  std::string victim;                      // "known_device"
  std::string words;                       // "the owner on a known device, away from home"
  LaneSet lanes;                           // that he has
  std::optional<DenialCost> by_anybody;    // nothing: cannot be done
  std::optional<DenialCost> by_neighbour;  // who shares his address
};

// known_device, familiar_address, recovery, new_device, new_device_without_challenge.
[[nodiscard]] std::vector<Denial> BoundDenials(const std::vector<Reach>& reaches, Duration token_life);

}  // namespace latchkey
