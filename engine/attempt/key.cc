#include "engine/attempt/key.h"

#include "absl/strings/str_cat.h"

namespace latchkey {

std::string Key::Hex() const {
  return absl::StrCat(absl::Hex(high, absl::kZeroPad16), absl::Hex(low, absl::kZeroPad16));
}

std::string KeyMaterial(KeyDomain domain, std::initializer_list<std::string_view> parts) {
  size_t size = 1;
  for (std::string_view part : parts) size += 8 + part.size();
  std::string bytes;
  bytes.reserve(size);
  bytes.push_back(static_cast<char>(domain));
  for (std::string_view part : parts) {
    char length[8];
    for (unsigned i = 0; i < 8; ++i) length[i] = static_cast<char>((part.size() >> (8 * i)) & 0xFFU);
    bytes.append(length, sizeof length).append(part);
  }
  return bytes;
}

}  // namespace latchkey
