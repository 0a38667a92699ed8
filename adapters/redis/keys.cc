#include "adapters/redis/keys.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "engine/base/hex.h"

namespace latchkey {

absl::StatusOr<KeyNames> KeyNames::For(std::string_view environment) {
  const bool plain = std::all_of(environment.begin(), environment.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
  });
  if (!plain || environment.empty() || environment.size() > 64) {
    return absl::InvalidArgumentError(
        "the environment's name must be 1 to 64 letters, digits, '-', '_' or '.': it is a part of every key");
  }
  return KeyNames(std::string(environment));
}

void KeyName::Put(std::string_view text) { size_ += text.copy(text_.data() + size_, kSizeMax - size_); }

KeyName KeyNames::Name(std::string_view beginning, const Key& key) {
  KeyName name;
  name.Put(beginning);
  for (const uint64_t half : {key.high, key.low}) {
    const auto digits = HexDigits(half);
    name.Put({digits.data(), digits.size()});
  }
  name.Put("}");
  return name;
}

}  // namespace latchkey
