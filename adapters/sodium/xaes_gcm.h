// XAES-256-GCM (https://c2sp.org/XAES-256-GCM): AES-256-GCM under a key that is derived from the first half
// of a 192-bit nonce, so nonces may be random for any number of texts and nodes.
//
// By libsodium where the processor has instructions for AES, since OpenSSL takes longer to take a new key
// than to seal a token with it; else by OpenSSL, which has code in constant time for such processors.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "adapters/sodium/secret.h"
#include "engine/base/random.h"

namespace latchkey {

// A key, ready for use. Immutable, so thread-safe: each thread keeps the working memory of ciphers for
// itself.
class XaesGcm {
 public:
  static constexpr size_t kNonceBytes = 24;
  static constexpr size_t kTagBytes = 16;

  // Who does the work. What they write is the same.
  enum class By : uint8_t { kLibsodium, kOpenSsl };
  // kLibsodium where the processor allows that.
  [[nodiscard]] static By Fastest();

  // Requires: `by` is kOpenSsl where Fastest() is.
  explicit XaesGcm(Secret key, By by = Fastest());

  // Writes the ciphertext and its tag to `out`: kTagBytes more than `plain` has. `bound` is authenticated
  // too.
  void Seal(const unsigned char* nonce, std::string_view bound, std::string_view plain,
            unsigned char* out) const;
  // The same under a new nonce, which it writes to `nonce`. Both halves of it are random, but the first one
  // stays for kRunMax texts of a thread: to derive a key for each would take longer than to seal it.
  void SealAnew(RandomSource& random, std::string_view bound, std::string_view plain, unsigned char* nonce,
                unsigned char* out) const;
  // Of so few texts, no two have the same random half: one chance in 2^77.
  static constexpr uint32_t kRunMax = 1024;
  // The reverse, of a ciphertext and its tag. False when that is not authentic: then `out` is worthless.
  // Requires: `sealed` has a tag.
  [[nodiscard]] bool Open(const unsigned char* nonce, std::string_view bound, std::string_view sealed,
                          unsigned char* out) const;

 private:
  static constexpr size_t kBlockBytes = 16;
  class Ciphers;
  struct Run;
  // Begins another one.
  void Begin(Ciphers& ciphers, RandomSource& random, Run& run) const;
  // Writes the key that the nonce's first half leads to.
  void Derive(Ciphers& ciphers, const unsigned char* nonce, unsigned char* derived) const;

  By by_;
  uint64_t serial_;  // no two keys of a process have the same
  Secret key_;
  std::array<unsigned char, kBlockBytes> mask_{};  // K1 of CMAC
};

}  // namespace latchkey
