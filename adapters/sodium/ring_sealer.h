// Sealer by XChaCha20-Poly1305 (IETF) under a key ring.
//
// Sealed bytes: version (1), key id (1), nonce (24), ciphertext and its tag (16), then base64. The version
// byte names the algorithm, and the version, key id and purpose are authenticated; each purpose has a
// subkey of its own besides.
//
// Why not AES-256-GCM, which is four times faster where the processor helps: libsodium offers it only there,
// and nodes of different hardware share tokens. XChaCha20 runs everywhere in constant time, and its 192-bit
// nonce can be random for any number of tokens and nodes, where GCM's 96 bits would need a shared count.
// A token takes about a microsecond either way.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "adapters/sodium/key_ring.h"
#include "adapters/sodium/system_random.h"
#include "engine/attempt/sealer.h"
#include "engine/base/clock.h"
#include "engine/base/mutex.h"

namespace latchkey {

// Thread-safe.
class RingSealer final : public Sealer {
 public:
  // Longer texts were never sealed by us and are not looked at.
  static constexpr size_t kSealedBytesMax = 16 * 1024;

  // `clock` must outlive this; the ring need not.
  RingSealer(const KeyRing& ring, const Clock& clock);

  // Requires: `plain` is short enough that the sealed text fits kSealedBytesMax.
  [[nodiscard]] std::string Seal(SealPurpose purpose, std::string_view plain) const override;
  [[nodiscard]] std::optional<std::string> Open(SealPurpose purpose, std::string_view sealed) const override;

  // Takes over another ring's sealing keys, for rotation without a restart. Calls under way finish with the
  // old.
  void Replace(const KeyRing& ring);

 private:
  static constexpr size_t kPurposeCount = 16;  // Purposes are numbered below this.
  struct LiveKey {
    uint8_t id;
    TimePoint not_before;
    TimePoint not_after;
    std::vector<Secret> subkeys;  // By purpose.
  };
  using LiveKeys = std::vector<LiveKey>;

  static std::shared_ptr<const LiveKeys> Prepare(const KeyRing& ring);
  [[nodiscard]] std::shared_ptr<const LiveKeys> Keys() const;

  const Clock& clock_;
  mutable SystemRandom random_;  // Buffered: a system call for each nonce would be a third of the sealing.
  mutable Mutex mutex_;
  std::shared_ptr<const LiveKeys> keys_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace latchkey
