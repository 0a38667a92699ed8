#include "cli/printable.h"

#include <cstdint>

#include "absl/strings/str_format.h"

namespace latchkey::cli {
namespace {

// The length of the well-formed UTF-8 character that `text` begins with and its code point; length 0 when
// there is none.
struct Character {
  size_t length = 0;
  uint32_t code = 0;
};

Character First(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  if (byte(0) < 0x80) return {1, byte(0)};
  const size_t length = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  if (byte(0) < 0xC2 || byte(0) > 0xF4 || text.size() < length) return {};
  uint32_t code = byte(0) & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (overlong || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return {};
  return {length, code};
}

// Controls, and what reorders the text around it.
bool IsUnsafe(uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x200E && code <= 0x200F) ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const Character first = First(text);
    const size_t length = first.length == 0 ? 1 : first.length;
    if (first.length == 0 || IsUnsafe(first.code)) {
      for (size_t i = 0; i < length; ++i) {
        absl::StrAppendFormat(&shown, "\\x%02x", static_cast<uint8_t>(text[i]));
      }
    } else {
      shown += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return shown;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = First(text).length;
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

size_t Columns(std::string_view text) {
  size_t columns = 0;
  for (const char c : text) columns += (static_cast<uint8_t>(c) & 0xC0) != 0x80 ? 1 : 0;
  return columns;
}

}  // namespace latchkey::cli
