// What an attack costs in dollars. Each is the middle of published ranges (docs/lab.md has the sources).
#pragma once

namespace latchkey::lab {

inline constexpr double kUsdPerRequest =
    75e-6;                                      // 50 to 100 dollars a million tries, through rented addresses
inline constexpr double kUsdPerCaptcha = 1e-3;  // 0.5 to 3 dollars a thousand

}  // namespace latchkey::lab
