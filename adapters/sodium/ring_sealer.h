// Sealer by XAES-256-GCM under a key ring.
//
// Sealed bytes: version (1), key id (1), nonce (24), ciphertext and its tag (16), then base64. The version
// byte names the algorithm, and the version, key id and purpose are authenticated; each purpose and version
// has a subkey of its own besides.
//
// Version 2 is XAES-256-GCM (xaes_gcm.h), a quarter of the time of XChaCha20-Poly1305, which version 1 is:
// still opened, not sealed any more. Both have 192-bit nonces, which can be random for any number of tokens
// and nodes.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "adapters/sodium/key_ring.h"
#include "adapters/sodium/system_random.h"
#include "adapters/sodium/xaes_gcm.h"
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
    std::vector<XaesGcm> subkeys;    // By purpose.
    std::vector<Secret> subkeys_v1;  // The same of version 1.
  };
  using LiveKeys = std::vector<LiveKey>;

  static std::shared_ptr<const LiveKeys> Prepare(const KeyRing& ring);
  // Valid until this thread asks again. Threads remember what they got, so the lock is for rotations.
  [[nodiscard]] const LiveKeys& Keys() const;

  const Clock& clock_;
  mutable SystemRandom random_;  // Buffered: a system call for each nonce would be a third of the sealing.
  std::atomic<uint64_t> generation_;  // of keys_; no two of a process are equal
  mutable Mutex mutex_;
  std::shared_ptr<const LiveKeys> keys_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace latchkey
