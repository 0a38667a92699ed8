// Policies that nobody would write, made of everything that bounds guesses.
#pragma once

#include <cstdint>
#include <string>

namespace latchkey {

// YAML that loads.
[[nodiscard]] std::string RandomPolicy(uint64_t seed);

}  // namespace latchkey
