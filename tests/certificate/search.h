// The search for the adversary who comes nearest to a bound: some habits to begin with, then random changes,
// of which those that help are kept.
#pragma once

#include <string>

#include "engine/policy/certificate/guess_bounds.h"
#include "tests/certificate/adversary.h"

namespace latchkey {

struct Nearest {
  GuessRow row;  // the bound
  int64_t guesses = 0;
  Habits habits;
  int tried = 0;
  bool exact = false;  // no wait, hold or rest among the limits: only windows
  bool tangled =
      false;  // rests or holds beside other limits of the same lanes: the bound is true, perhaps wide
  std::string beaten;  // by whom, if ever: "stranger 26 > 25 in 24h by …"

  [[nodiscard]] double share() const {
    return *row.total == 0 ? 1 : static_cast<double>(guesses) / static_cast<double>(*row.total);
  }
};

// Requires: the policy loads, and its guesses within `span` are bounded. Ends early when the bound is met.
[[nodiscard]] Nearest SearchAdversary(const std::string& policy_yaml, Duration span, int tries, uint64_t seed,
                                      Factor factor = Factor::kPassword);

// Of the spans of a certificate and shorter ones, the longest in which no more than `guesses_max` are
// admitted; zero if there is none.
[[nodiscard]] Duration LongestSpanToTry(const std::string& policy_yaml, int64_t guesses_max);

}  // namespace latchkey
