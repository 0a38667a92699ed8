// Keys: what a counter is kept under. Never a name or an address, always a keyed hash of one.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace latchkey {

// A 128-bit keyed hash.
struct Key {
  uint64_t high = 0;
  uint64_t low = 0;
  bool operator==(const Key&) const = default;
  // 48 bits: what a packed value keeps of a member or slot.
  [[nodiscard]] uint64_t Short() const { return low & 0xFFFF'FFFF'FFFFULL; }
  // 32 lower-case hexadecimal digits.
  [[nodiscard]] std::string Hex() const;

  template <typename H>
  friend H AbslHashValue(H h, const Key& key) {
    return H::combine(std::move(h), key.high, key.low);
  }
};

// What kind of thing a key stands for. A part of the hashed bytes, so that no account name can be made to
// look like an address, a pair or another tenant's account. The numbers are stored: they never change.
enum class KeyDomain : uint8_t {
  kAccount = 1,
  kSource = 2,
  kNetwork = 3,
  kDevice = 4,
  kAsn = 5,
  kTenant = 6,
  kTag = 7,
  kRequest = 8,
  kPseudonym = 9,
};

// The bytes that are hashed for (domain, parts): the domain, then each part behind its length in eight
// bytes. Injective: two different inputs never give the same bytes.
[[nodiscard]] std::string KeyMaterial(KeyDomain domain, std::initializer_list<std::string_view> parts);

// Hashes key material under a secret (port; the adapter uses libsodium). Thread-safe.
class KeyHasher {
 public:
  virtual ~KeyHasher() = default;
  [[nodiscard]] virtual Key Hash(std::string_view material) const = 0;
};

}  // namespace latchkey
