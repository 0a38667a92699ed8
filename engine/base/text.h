// Abseil is built with a string_view of its own on some systems (Debian 12), with the standard one on
// others; this says the same on both.
#pragma once

#include <string_view>

#include "absl/strings/string_view.h"

namespace latchkey {

// For absl::StrCat, absl::SimpleAtoi and the like: absl::StrCat("no account ", ToAbsl(name)).
[[nodiscard]] inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace latchkey
