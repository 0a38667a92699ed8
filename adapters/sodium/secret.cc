#include "adapters/sodium/secret.h"

#include <sodium.h>

#include "engine/base/check.h"

namespace latchkey {

void EnsureSodium() {
  static const bool kReady = sodium_init() >= 0;
  LATCHKEY_CHECK(kReady);
}

void WipeText(std::string& text) {
  sodium_memzero(text.data(), text.size());
  text.clear();
}

Secret::Secret() { sodium_memzero(bytes_.data(), kBytes); }

Secret::~Secret() { sodium_memzero(bytes_.data(), kBytes); }

Secret::Secret(Secret&& other) noexcept : bytes_(other.bytes_) {
  sodium_memzero(other.bytes_.data(), kBytes);
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    bytes_ = other.bytes_;
    sodium_memzero(other.bytes_.data(), kBytes);
  }
  return *this;
}

Secret Secret::Random() {
  EnsureSodium();
  Secret secret;
  randombytes_buf(secret.bytes_.data(), kBytes);
  return secret;
}

std::optional<Secret> Secret::FromHex(std::string_view hex) {
  EnsureSodium();
  if (hex.size() != 2 * kBytes) return std::nullopt;
  Secret secret;
  size_t length = 0;
  const char* end = nullptr;
  if (sodium_hex2bin(secret.bytes_.data(), kBytes, hex.data(), hex.size(), nullptr, &length, &end) != 0 ||
      length != kBytes || end != hex.data() + hex.size()) {
    return std::nullopt;
  }
  return secret;
}

Secret Secret::Derive(std::string_view context, uint64_t number) const {
  static_assert(kBytes == crypto_kdf_KEYBYTES);
  LATCHKEY_CHECK(context.size() == crypto_kdf_CONTEXTBYTES);
  EnsureSodium();
  Secret derived;
  LATCHKEY_CHECK(
      crypto_kdf_derive_from_key(derived.bytes_.data(), kBytes, number, context.data(), bytes_.data()) == 0);
  return derived;
}

bool Secret::Equals(const Secret& other) const {
  return sodium_memcmp(bytes_.data(), other.bytes_.data(), kBytes) == 0;
}

bool Secret::IsZero() const { return sodium_is_zero(bytes_.data(), kBytes) == 1; }

std::string Secret::Hex() const {
  std::string hex(2 * kBytes + 1, '\0');  // One more: libsodium writes a terminating zero.
  sodium_bin2hex(hex.data(), hex.size(), bytes_.data(), kBytes);
  hex.resize(2 * kBytes);
  return hex;
}

}  // namespace latchkey
