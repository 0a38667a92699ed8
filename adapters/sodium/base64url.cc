#include "adapters/sodium/base64url.h"

#include <array>
#include <cstdint>

namespace latchkey {
namespace {

constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Six bits of each digit; of all other characters a negative number.
constexpr std::array<int32_t, 256> kValues = [] {
  std::array<int32_t, 256> values{};
  values.fill(-1);
  for (int32_t i = 0; i < 64; ++i) values[static_cast<unsigned char>(kDigits[i])] = i;
  return values;
}();

uint32_t ByteOf(char c) { return static_cast<unsigned char>(c); }
int32_t ValueOf(char c) { return kValues[static_cast<unsigned char>(c)]; }
char DigitOf(uint32_t value) { return kDigits[value & 63U]; }

}  // namespace

void EncodeBase64Url(std::string_view bytes, char* out) {
  const char* in = bytes.data();
  size_t left = bytes.size();
  for (; left >= 3; left -= 3, in += 3, out += 4) {
    const uint32_t group = ByteOf(in[0]) << 16U | ByteOf(in[1]) << 8U | ByteOf(in[2]);
    out[0] = DigitOf(group >> 18U);
    out[1] = DigitOf(group >> 12U);
    out[2] = DigitOf(group >> 6U);
    out[3] = DigitOf(group);
  }
  if (left == 0) return;
  const uint32_t group = ByteOf(in[0]) << 16U | (left == 2 ? ByteOf(in[1]) << 8U : 0U);
  out[0] = DigitOf(group >> 18U);
  out[1] = DigitOf(group >> 12U);
  if (left == 2) out[2] = DigitOf(group >> 6U);
}

std::optional<size_t> DecodeBase64Url(std::string_view text, char* out) {
  const char* in = text.data();
  size_t left = text.size();
  char* const begin = out;
  int32_t all = 0;  // negative once anything was no digit
  for (; left >= 4; left -= 4, in += 4, out += 3) {
    // A product keeps the sign of what is no digit.
    const int32_t group =
        ValueOf(in[0]) * (1 << 18) | ValueOf(in[1]) * (1 << 12) | ValueOf(in[2]) * (1 << 6) | ValueOf(in[3]);
    all |= group;
    out[0] = static_cast<char>(group >> 16);
    out[1] = static_cast<char>(group >> 8);
    out[2] = static_cast<char>(group);
  }
  if (left == 1) return std::nullopt;
  if (left > 1) {
    const int32_t group =
        ValueOf(in[0]) * (1 << 18) | ValueOf(in[1]) * (1 << 12) | (left == 3 ? ValueOf(in[2]) * (1 << 6) : 0);
    all |= group;
    *out++ = static_cast<char>(group >> 16);
    if (left == 3) *out++ = static_cast<char>(group >> 8);
    const int32_t spare = left == 3 ? 0xFF : 0xFFFF;
    if ((group & spare) != 0) return std::nullopt;
  }
  if (all < 0) return std::nullopt;
  return static_cast<size_t>(out - begin);
}

}  // namespace latchkey
