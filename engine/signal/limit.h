// What one limit says of one series: pure functions of charges and time.
//
// A charge younger than the attempt token's life may still be given back (its login may succeed). A limit
// that only such charges fill refuses provisionally: for a second at most, never starting a hold.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "engine/base/clock.h"
#include "engine/signal/record.h"

namespace latchkey {

// What happens to an attempt past a limit. Weakest first.
enum class Consequence : uint8_t { kChallenge = 0, kThrottle = 1, kLockout = 2 };

// Admits one attempt per wait: the j-th wait past the limit is first · factor^(j-1), at most max.
struct Wait {
  Duration first{0};
  double factor = 1;
  Duration max{0};
  bool operator==(const Wait&) const = default;
};

// `above` charges are admitted in any `window`; then the consequence.
struct Limit {
  int64_t above = 0;
  Duration window{0};  // zero: ever, until a success or an operator clears the series
  Duration quiet{0};   // ever only: a charge that comes this long after the one before begins the count anew
  Consequence then = Consequence::kLockout;
  Duration hold{0};  // lockout only: closed for at least this long after the charge that filled the window
  Wait wait;         // throttle only
  bool operator==(const Limit&) const = default;
  [[nodiscard]] bool ever() const { return window == Duration::zero(); }
};

// A provisional refusal asks to come back after this at most.
inline constexpr Duration kProvisionalWait{1000};

struct LimitState {
  int64_t count = 0;         // charges (or distinct members) in the window
  bool refuses = false;      // an attempt of this weight is not admitted now
  bool provisional = false;  // … and only because of charges that may still be given back
  // When it is admitted again if nothing else happens; nothing: when somebody clears the series.
  std::optional<TimePoint> until;
};

// `weight` is what the attempt would add. Entries later than `now` count as current, so a clock that steps
// back never forgets a charge.
[[nodiscard]] LimitState EvaluateLimit(const Limit& limit, std::span<const Entry> entries, bool distinct,
                                       int64_t weight, TimePoint now, Duration token_life);

// The j-th wait, saturating at its maximum. Requires: j >= 1.
[[nodiscard]] Duration WaitOf(const Wait& wait, int64_t j);

}  // namespace latchkey
