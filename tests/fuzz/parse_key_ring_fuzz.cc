// A key file is a key ring or an error, and a ring's text reads back as it was.
#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/sodium/key_ring.h"
#include "engine/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using latchkey::KeyRing;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<KeyRing> ring = KeyRing::Parse(text, "keys");
  if (!ring.ok()) return 0;
  const std::string written = ring->Text();
  const absl::StatusOr<KeyRing> again = KeyRing::Parse(written, "keys");
  LATCHKEY_CHECK(again.ok());
  LATCHKEY_CHECK(again->Text() == written);
  return 0;
}
