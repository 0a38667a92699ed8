// What people choose as passwords, and how likely a guess is right.
//
// A password is a number: below kCommonPasswords its rank among the most common ones, else one that nobody
// guesses. The distribution joins published points (RockYou, 32.6 M accounts): the commonest password is used
// by 0.89 % of accounts, the first 10 by 2.05 %, 100 by 4.6 %, 1,000 by 11 %.
#pragma once

#include <cstdint>

#include "engine/lab/dice.h"

namespace latchkey::lab {

using Password = int64_t;
inline constexpr Password kCommonPasswords = 1'000'000;
// Passwords that auth services know to be popular, and say so.
inline constexpr Password kPopularPasswords = 1000;

// One that only its owner knows: `number` tells them apart.
[[nodiscard]] constexpr Password StrongPassword(int64_t number) { return kCommonPasswords + number; }

// The share of accounts whose password is among the `ranks` most common ones.
[[nodiscard]] double MassOfFirst(int64_t ranks);
// The share of accounts that use exactly this password; zero for a strong one.
[[nodiscard]] double MassOf(Password password);
// What somebody chose: common ones as often as people do, else a strong one by `number`.
[[nodiscard]] Password DrawPassword(Dice& dice, int64_t number);

}  // namespace latchkey::lab
