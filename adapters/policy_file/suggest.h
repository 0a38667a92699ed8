// "Did you mean …?": the known name nearest to a misspelt one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace latchkey {

// How many single letters to insert, remove, replace or swap with a neighbour.
[[nodiscard]] size_t EditDistance(std::string_view a, std::string_view b);

// "did you mean 'above'?" when one is near, else "one of: above, in, then".
[[nodiscard]] std::string Suggest(std::string_view word, std::span<const std::string_view> known);

}  // namespace latchkey
