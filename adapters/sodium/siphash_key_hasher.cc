#include "adapters/sodium/siphash_key_hasher.h"

#include <sodium.h>

#include <array>

namespace latchkey {
namespace {

constexpr std::string_view kContext = "lk-names";  // Fixed: another text would rename every counter.

// Little-endian, as SipHash itself writes it: nodes of any byte order agree.
uint64_t ReadWord(const unsigned char* bytes) {
  uint64_t word = 0;
  for (int i = 7; i >= 0; --i) word = word << 8 | bytes[i];
  return word;
}

}  // namespace

SipHashKeyHasher::SipHashKeyHasher(const KeyRing& ring) : secret_(ring.hash_secret().Derive(kContext, 1)) {}

Key SipHashKeyHasher::Hash(std::string_view material) const {
  static_assert(crypto_shorthash_siphashx24_KEYBYTES <= Secret::kBytes);
  std::array<unsigned char, crypto_shorthash_siphashx24_BYTES> out;
  crypto_shorthash_siphashx24(out.data(), reinterpret_cast<const unsigned char*>(material.data()),
                              material.size(), secret_.data());
  return {.high = ReadWord(out.data()), .low = ReadWord(out.data() + 8)};
}

}  // namespace latchkey
