#include "adapters/sodium/ring_sealer.h"

#include <sodium.h>

#include <utility>

#include "engine/base/check.h"

namespace latchkey {
namespace {

constexpr std::string_view kContext = "lk-seals";
constexpr unsigned char kVersion = 1;  // XChaCha20-Poly1305-IETF.
constexpr size_t kHeaderBytes = 2;
constexpr size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr size_t kOverheadBytes = kHeaderBytes + kNonceBytes + kTagBytes;
constexpr int kBase64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

using AssociatedData = std::array<unsigned char, 3>;

AssociatedData Bind(uint8_t key_id, SealPurpose purpose) {
  return {kVersion, key_id, static_cast<unsigned char>(purpose)};
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string Encode(const std::string& bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), kBase64), '\0');
  sodium_bin2base64(text.data(), text.size(), Bytes(bytes), bytes.size(), kBase64);
  text.pop_back();  // The terminating zero.
  return text;
}

// Accepts one spelling only. libsodium refuses padding and left-over bits, but takes some bytes above 127 for
// letters (seen in 1.0.18), so what was read is spelled again and compared.
std::optional<std::string> Decode(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  size_t length = 0;
  const char* end = nullptr;
  if (sodium_base642bin(Bytes(bytes), bytes.size(), text.data(), text.size(), nullptr, &length, &end,
                        kBase64) != 0 ||
      end != text.data() + text.size()) {
    return std::nullopt;
  }
  bytes.resize(length);
  if (Encode(bytes) != text) return std::nullopt;
  return bytes;
}

}  // namespace

RingSealer::RingSealer(const KeyRing& ring, const Clock& clock) : clock_(clock), keys_(Prepare(ring)) {}

std::shared_ptr<const RingSealer::LiveKeys> RingSealer::Prepare(const KeyRing& ring) {
  auto keys = std::make_shared<LiveKeys>();
  for (const SealingKey& key : ring.sealing_keys()) {
    LiveKey live{.id = key.id, .not_before = key.not_before, .not_after = key.not_after, .subkeys = {}};
    live.subkeys.reserve(kPurposeCount);
    for (uint64_t purpose = 0; purpose < kPurposeCount; ++purpose) {
      live.subkeys.push_back(key.secret.Derive(kContext, purpose));
    }
    keys->push_back(std::move(live));
  }
  return keys;
}

std::shared_ptr<const RingSealer::LiveKeys> RingSealer::Keys() const {
  const MutexLock lock(mutex_);
  return keys_;
}

void RingSealer::Replace(const KeyRing& ring) {
  std::shared_ptr<const LiveKeys> fresh = Prepare(ring);
  const MutexLock lock(mutex_);
  keys_ = std::move(fresh);
}

std::string RingSealer::Seal(SealPurpose purpose, std::string_view plain) const {
  const TimePoint now = clock_.Now();
  const std::shared_ptr<const LiveKeys> keys = Keys();
  const LiveKey* newest = nullptr;
  const LiveKey* upcoming = nullptr;  // Only used when no key has begun: better early than not at all.
  for (const LiveKey& key : *keys) {
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

  std::string bytes(kOverheadBytes + plain.size(), '\0');
  bytes[0] = static_cast<char>(kVersion);
  bytes[1] = static_cast<char>(newest->id);
  unsigned char* nonce = Bytes(bytes) + kHeaderBytes;
  randombytes_buf(nonce, kNonceBytes);
  const AssociatedData bound = Bind(newest->id, purpose);
  crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + kNonceBytes, nullptr, Bytes(plain), plain.size(),
                                             bound.data(), bound.size(), nullptr, nonce,
                                             newest->subkeys[slot].data());
  std::string sealed = Encode(bytes);
  LATCHKEY_CHECK(sealed.size() <= kSealedBytesMax);
  return sealed;
}

std::optional<std::string> RingSealer::Open(SealPurpose purpose, std::string_view sealed) const {
  if (sealed.size() > kSealedBytesMax) return std::nullopt;
  const std::optional<std::string> bytes = Decode(sealed);
  if (!bytes || bytes->size() < kOverheadBytes || (*bytes)[0] != static_cast<char>(kVersion))
    return std::nullopt;
  const size_t slot = static_cast<size_t>(purpose);
  LATCHKEY_CHECK(slot < kPurposeCount);
  const auto id = static_cast<uint8_t>((*bytes)[1]);
  const TimePoint now = clock_.Now();
  const std::shared_ptr<const LiveKeys> keys = Keys();
  for (const LiveKey& key : *keys) {
    if (key.id != id || now >= key.not_after) continue;
    const unsigned char* nonce = Bytes(*bytes) + kHeaderBytes;
    const AssociatedData bound = Bind(id, purpose);
    std::string plain(bytes->size() - kOverheadBytes, '\0');
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(Bytes(plain), nullptr, nullptr, nonce + kNonceBytes,
                                                   plain.size() + kTagBytes, bound.data(), bound.size(),
                                                   nonce, key.subkeys[slot].data()) != 0) {
      return std::nullopt;
    }
    return plain;
  }
  return std::nullopt;
}

}  // namespace latchkey
