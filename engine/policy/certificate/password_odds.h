// How likely it is that so many guesses open an account whose owner chose like the people of a published
// collection of passwords: the share of accounts that its most common passwords open.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace latchkey {

struct PasswordOdds {
  std::string_view collection;
  std::string_view citation;
  double share = 0;       // of accounts
  bool at_least = false;  // more guesses than were published: no less than this
};

// One for each collection that we know.
[[nodiscard]] std::vector<PasswordOdds> OddsOfGuesses(int64_t guesses);

}  // namespace latchkey
