// Who hears of every answer: statistics, metrics, the decision log (port).
#pragma once

#include "engine/assess/charges.h"
#include "engine/assess/decision.h"
#include "engine/attempt/tokens.h"

namespace latchkey {

// What the auth service found after it looked at the password. The numbers are those of latchkey.v1.Outcome.
enum class Outcome : uint8_t {
  kRight = 1,
  kWrong = 2,
  kUnknownAccount = 3,
  kWrongSecondFactor = 4,
  kLoginComplete = 5,
  kNotVerified = 6,
};
[[nodiscard]] std::string_view OutcomeName(Outcome outcome);  // "right", …

// Called on the thread that answers; must be fast and thread-safe.
class DecisionObserver {
 public:
  virtual ~DecisionObserver() = default;
  virtual void OnDecision(const Attempt& attempt, const Facts& facts, const Decision& decision) = 0;
  // `token`: of the attempt that is reported on; the same one may come again.
  virtual void OnReport(const AttemptToken& token, Outcome outcome, TimePoint now) = 0;
};

}  // namespace latchkey
