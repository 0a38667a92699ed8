// Key material (key.h) without memory of its own, for the hot path.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string_view>

#include "engine/attempt/key.h"

namespace latchkey {

// How long KeyMaterial is of these parts.
[[nodiscard]] size_t KeyMaterialSize(std::initializer_list<std::string_view> parts);

// Writes that many bytes from `out` on.
void WriteKeyMaterial(KeyDomain domain, std::initializer_list<std::string_view> parts, char* out);

}  // namespace latchkey
