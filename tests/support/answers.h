// Comparing answers: every field but ids, seals and the word of a shadowed policy.
#pragma once

#include <string>

#include "engine/assess/decision.h"

namespace latchkey {

// Whether both say the same to whoever asked. A token or challenge counts by its being there and its end.
[[nodiscard]] bool SameAnswer(const Decision& a, const Decision& b);

// An answer for people, on one line.
[[nodiscard]] std::string Describe(const Decision& decision);
[[nodiscard]] std::string Describe(const Verdict& verdict, TimePoint at);

}  // namespace latchkey
