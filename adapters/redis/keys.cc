#include "adapters/redis/keys.h"

#include <algorithm>

#include "absl/strings/ascii.h"

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

void KeyName::PutHex(uint64_t number) {
  for (int shift = 60; shift >= 0; shift -= 4)
    text_[size_++] = "0123456789abcdef"[(number >> static_cast<unsigned>(shift)) & 0xFU];
}

KeyName KeyNames::Name(std::string_view beginning, const Key& key) {
  KeyName name;
  name.Put(beginning);
  name.PutHex(key.high);
  name.PutHex(key.low);
  name.Put("}");
  return name;
}

}  // namespace latchkey
