// Bytes as text that URLs, headers and cookies take: base64url without padding (RFC 4648, section 5).
//
// For what is no secret: the time that it takes depends on the bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace latchkey {

// How long the text of so many bytes is, and at most how many bytes there are in a text.
[[nodiscard]] constexpr size_t Base64UrlSize(size_t bytes) { return (bytes * 4 + 2) / 3; }
[[nodiscard]] constexpr size_t Base64UrlBytes(size_t text) { return text * 3 / 4; }

// Writes Base64UrlSize(bytes.size()) characters.
void EncodeBase64Url(std::string_view bytes, char* out);

// Writes the bytes and answers how many. One spelling alone is taken: nothing for padding, white space and
// bits that are left over. Requires: room for Base64UrlBytes(text.size()), though nothing comes of it.
[[nodiscard]] std::optional<size_t> DecodeBase64Url(std::string_view text, char* out);

}  // namespace latchkey
