#include "adapters/sodium/ring_sealer.h"

#include <sodium.h>

#include <utility>

#include "adapters/sodium/base64url.h"
#include "engine/base/check.h"

namespace latchkey {
namespace {

constexpr std::string_view kContext = "lk-xaes1";
constexpr std::string_view kContextV1 = "lk-seals";
constexpr unsigned char kVersion = 2;    // XAES-256-GCM.
constexpr unsigned char kVersionV1 = 1;  // XChaCha20-Poly1305-IETF.
constexpr size_t kHeaderBytes = 2;
constexpr size_t kNonceBytes = XaesGcm::kNonceBytes;
static_assert(kNonceBytes == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
constexpr size_t kTagBytes = XaesGcm::kTagBytes;
static_assert(kTagBytes == crypto_aead_xchacha20poly1305_ietf_ABYTES);
constexpr size_t kOverheadBytes = kHeaderBytes + kNonceBytes + kTagBytes;
// Most tokens are shorter: they are sealed in place.
constexpr size_t kUsualBytes = 512;

using AssociatedData = std::array<char, 3>;

AssociatedData Bind(unsigned char version, uint8_t key_id, SealPurpose purpose) {
  return {static_cast<char>(version), static_cast<char>(key_id), static_cast<char>(purpose)};
}

std::string_view View(const AssociatedData& bound) { return {bound.data(), bound.size()}; }

uint64_t NextGeneration() {
  static std::atomic<uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// Room for bytes: in place for most tokens.
class Room {
 public:
  explicit Room(size_t size) : size_(size) {
    if (size > usual_.size()) unusual_.resize(size);
  }
  [[nodiscard]] char* data() { return size_ > usual_.size() ? unusual_.data() : usual_.data(); }
  [[nodiscard]] std::string_view View(size_t size) { return {data(), size}; }

 private:
  size_t size_;
  std::array<char, kUsualBytes> usual_;
  std::string unusual_;
};

}  // namespace

RingSealer::RingSealer(const KeyRing& ring, const Clock& clock)
    : clock_(clock), generation_(NextGeneration()), keys_(Prepare(ring)) {}

std::shared_ptr<const RingSealer::LiveKeys> RingSealer::Prepare(const KeyRing& ring) {
  auto keys = std::make_shared<LiveKeys>();
  for (const SealingKey& key : ring.sealing_keys()) {
    LiveKey live{.id = key.id,
                 .not_before = key.not_before,
                 .not_after = key.not_after,
                 .subkeys = {},
                 .subkeys_v1 = {}};
    live.subkeys.reserve(kPurposeCount);
    live.subkeys_v1.reserve(kPurposeCount);
    for (uint64_t purpose = 0; purpose < kPurposeCount; ++purpose) {
      live.subkeys.emplace_back(key.secret.Derive(kContext, purpose));
      live.subkeys_v1.push_back(key.secret.Derive(kContextV1, purpose));
    }
    keys->push_back(std::move(live));
  }
  return keys;
}

const RingSealer::LiveKeys& RingSealer::Keys() const {
  thread_local uint64_t generation = 0;
  thread_local std::shared_ptr<const LiveKeys> keys;
  if (generation != generation_.load(std::memory_order_acquire)) {
    const MutexLock lock(mutex_);
    keys = keys_;
    generation = generation_.load(std::memory_order_relaxed);
  }
  return *keys;
}

void RingSealer::Replace(const KeyRing& ring) {
  std::shared_ptr<const LiveKeys> fresh = Prepare(ring);
  const MutexLock lock(mutex_);
  keys_ = std::move(fresh);
  generation_.store(NextGeneration(), std::memory_order_release);
}

std::string RingSealer::Seal(SealPurpose purpose, std::string_view plain) const {
  const TimePoint now = clock_.Now();
  const LiveKeys& keys = Keys();
  const LiveKey* newest = nullptr;
  const LiveKey* upcoming = nullptr;  // Only used when no key has begun: better early than not at all.
  for (const LiveKey& key : keys) {
    if (now >= key.not_after) continue;
    if (now >= key.not_before) {
      newest = &key;
    } else if (upcoming == nullptr) {
      upcoming = &key;
    }
  }
  if (newest == nullptr) newest = upcoming;
  LATCHKEY_CHECK(newest != nullptr);  // A ring has a key without an end.
  const size_t slot = static_cast<size_t>(purpose);
  LATCHKEY_CHECK(slot < kPurposeCount);

  const size_t size = kOverheadBytes + plain.size();
  Room room(size);
  char* const bytes = room.data();
  bytes[0] = static_cast<char>(kVersion);
  bytes[1] = static_cast<char>(newest->id);
  auto* nonce = reinterpret_cast<unsigned char*>(bytes) + kHeaderBytes;
  newest->subkeys[slot].SealAnew(random_, View(Bind(kVersion, newest->id, purpose)), plain, nonce,
                                 nonce + kNonceBytes);
  // Sealed bytes are no secret, so libsodium's own base64, which takes the same time for all of them and many
  // times as long, is not needed.
  std::string sealed(Base64UrlSize(size), '\0');
  EncodeBase64Url({bytes, size}, sealed.data());
  LATCHKEY_CHECK(sealed.size() <= kSealedBytesMax);
  return sealed;
}

std::optional<std::string> RingSealer::Open(SealPurpose purpose, std::string_view sealed) const {
  if (sealed.size() > kSealedBytesMax) return std::nullopt;
  Room room(Base64UrlBytes(sealed.size()));
  const std::optional<size_t> size = DecodeBase64Url(sealed, room.data());
  if (!size || *size < kOverheadBytes) return std::nullopt;
  const std::string_view bytes = room.View(*size);
  const auto version = static_cast<unsigned char>(bytes[0]);
  if (version != kVersion && version != kVersionV1) return std::nullopt;
  const size_t slot = static_cast<size_t>(purpose);
  LATCHKEY_CHECK(slot < kPurposeCount);
  const auto id = static_cast<uint8_t>(bytes[1]);
  const TimePoint now = clock_.Now();
  const LiveKeys& keys = Keys();
  for (const LiveKey& key : keys) {
    if (key.id != id || now >= key.not_after) continue;
    const unsigned char* nonce = Bytes(bytes) + kHeaderBytes;
    const AssociatedData bound = Bind(version, id, purpose);
    std::string plain(bytes.size() - kOverheadBytes, '\0');
    if (version == kVersion) {
      const std::string_view text = bytes.substr(kHeaderBytes + kNonceBytes);
      if (!key.subkeys[slot].Open(nonce, View(bound), text, Bytes(plain))) return std::nullopt;
    } else if (crypto_aead_xchacha20poly1305_ietf_decrypt(
                   Bytes(plain), nullptr, nullptr, nonce + kNonceBytes, plain.size() + kTagBytes,
                   Bytes(View(bound)), bound.size(), nonce, key.subkeys_v1[slot].data()) != 0) {
      return std::nullopt;
    }
    return plain;
  }
  return std::nullopt;
}

}  // namespace latchkey
