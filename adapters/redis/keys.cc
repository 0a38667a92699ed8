#include "adapters/redis/keys.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/base/text.h"

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

std::string KeyNames::Name(std::string_view beginning, const Key& key) {
  return absl::StrCat(ToAbsl(beginning), absl::Hex(key.high, absl::kZeroPad16),
                      absl::Hex(key.low, absl::kZeroPad16), "}");
}

}  // namespace latchkey
