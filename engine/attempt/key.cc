#include "engine/attempt/key.h"

#include <bit>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "engine/attempt/key_material.h"

namespace latchkey {

std::string Key::Hex() const {
  return absl::StrCat(absl::Hex(high, absl::kZeroPad16), absl::Hex(low, absl::kZeroPad16));
}

size_t KeyMaterialSize(std::initializer_list<std::string_view> parts) {
  size_t size = 1;
  for (std::string_view part : parts) size += 8 + part.size();
  return size;
}

void WriteKeyMaterial(KeyDomain domain, std::initializer_list<std::string_view> parts, char* out) {
  *out++ = static_cast<char>(domain);
  for (std::string_view part : parts) {
    const uint64_t size = part.size();
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(out, &size, sizeof size);
    } else {
      for (unsigned i = 0; i < 8; ++i) out[i] = static_cast<char>((size >> (8 * i)) & 0xFFU);
    }
    out += sizeof size;
    out += part.copy(out, part.size());
  }
}

std::string KeyMaterial(KeyDomain domain, std::initializer_list<std::string_view> parts) {
  std::string bytes(KeyMaterialSize(parts), '\0');
  WriteKeyMaterial(domain, parts, bytes.data());
  return bytes;
}

}  // namespace latchkey
