// Text of strangers, made safe to show: an account name must not be able to write escape codes to a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace latchkey::cli {

// Control characters and bytes that are not UTF-8 become \xNN; all else stays.
[[nodiscard]] std::string Printable(std::string_view text);

[[nodiscard]] bool IsUtf8(std::string_view text);

// How many columns a Printable text takes, one a code point.
[[nodiscard]] size_t Columns(std::string_view text);

}  // namespace latchkey::cli
