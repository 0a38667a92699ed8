#include "engine/attempt/key.h"

#include "absl/strings/str_cat.h"

namespace latchkey {

std::string Key::Hex() const {
  return absl::StrCat(absl::Hex(high, absl::kZeroPad16), absl::Hex(low, absl::kZeroPad16));
}

std::string KeyMaterial(KeyDomain domain, std::initializer_list<std::string_view> parts) {
  std::string bytes(1, static_cast<char>(domain));
  for (std::string_view part : parts) {
    uint64_t length = part.size();
    for (int i = 0; i < 8; ++i) {
      bytes.push_back(static_cast<char>(length & 0xFF));
      length >>= 8;
    }
    bytes.append(part);
  }
  return bytes;
}

}  // namespace latchkey
