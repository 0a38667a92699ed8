#include "adapters/sodium/base64url.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "absl/strings/escaping.h"

namespace latchkey {
namespace {

std::string Encoded(std::string_view bytes) {
  std::string text(Base64UrlSize(bytes.size()), '?');
  EncodeBase64Url(bytes, text.data());
  return text;
}

std::optional<std::string> Decoded(std::string_view text) {
  std::string bytes(Base64UrlBytes(text.size()), '?');
  const std::optional<size_t> size = DecodeBase64Url(text, bytes.data());
  if (!size) return std::nullopt;
  return bytes.substr(0, *size);
}

TEST(Base64UrlTest, WritesWhatAbslWritesAndReadsItBack) {
  std::mt19937 random(7);
  for (size_t size = 0; size < 200; ++size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    const std::string text = Encoded(bytes);
    EXPECT_EQ(text, absl::WebSafeBase64Escape(bytes));
    EXPECT_EQ(Decoded(text), bytes);
  }
}

TEST(Base64UrlTest, TakesOneSpellingOnly) {
  EXPECT_EQ(Decoded(""), "");
  EXPECT_EQ(Decoded("YQ"), "a");
  EXPECT_EQ(Decoded("YWI"), "ab");
  EXPECT_EQ(Decoded("YWJj"), "abc");
  for (const std::string_view text : {"Y", "YWJjY", "YQ==", "YQ=", "YWI=", "YR", "YWJ", " YQ", "YW Jj",
                                      "YWJj\n", "YW+j", "YW/j", "YWJ\x80", "YWJjY\xff", "\xff\xff\xff\xff"}) {
    EXPECT_FALSE(Decoded(text)) << text;
  }
}

// Of all changes of one character none is another spelling of the same bytes.
TEST(Base64UrlTest, EveryOtherCharacterReadsAsOtherBytesOrNone) {
  for (const std::string_view bytes : {"a", "ab", "abc", "abcd"}) {
    const std::string text = Encoded(bytes);
    for (size_t at = 0; at < text.size(); ++at) {
      for (int c = 0; c < 256; ++c) {
        std::string changed = text;
        changed[at] = static_cast<char>(c);
        if (changed == text) continue;
        const std::optional<std::string> read = Decoded(changed);
        EXPECT_NE(read, std::string(bytes));
        EXPECT_EQ(Encoded(read.value_or(*Decoded(text))), read ? changed : text);
      }
    }
  }
}

}  // namespace
}  // namespace latchkey
