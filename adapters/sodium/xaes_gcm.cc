#include "adapters/sodium/xaes_gcm.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sodium.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <utility>

#include "engine/base/check.h"

namespace latchkey {
namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

Context NewContext(const EVP_CIPHER* cipher) {
  Context context(EVP_CIPHER_CTX_new());
  LATCHKEY_CHECK(context != nullptr &&
                 EVP_CipherInit_ex(context.get(), cipher, nullptr, nullptr, nullptr, 1) == 1);
  return context;
}

// All these can only fail for want of memory.
void Must(int result) { LATCHKEY_CHECK(result == 1); }

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Writes ciphertext and tag, by a context that has its key and nonce.
void SealWith(EVP_CIPHER_CTX* gcm, std::string_view bound, std::string_view plain, unsigned char* out) {
  int length = 0;
  int rest = 0;
  Must(EVP_EncryptUpdate(gcm, nullptr, &length, Bytes(bound), static_cast<int>(bound.size())));
  length = 0;
  if (!plain.empty())
    Must(EVP_EncryptUpdate(gcm, out, &length, Bytes(plain), static_cast<int>(plain.size())));
  Must(EVP_EncryptFinal_ex(gcm, out + length, &rest));
  Must(EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_GET_TAG, XaesGcm::kTagBytes, out + plain.size()));
}

// Writes half a nonce.
void DrawHalf(RandomSource& random, unsigned char* out) {
  const std::array<uint64_t, 2> words = {random.Next(), random.Next()};
  std::memcpy(out, words.data(), XaesGcm::kNonceBytes / 2);
}

std::atomic<uint64_t> serials{0};

static_assert(XaesGcm::kTagBytes == crypto_aead_aes256gcm_ABYTES);
static_assert(XaesGcm::kNonceBytes / 2 == crypto_aead_aes256gcm_NPUBBYTES);
static_assert(Secret::kBytes == crypto_aead_aes256gcm_KEYBYTES);

}  // namespace

XaesGcm::By XaesGcm::Fastest() {
  static const By fastest =
      sodium_init() >= 0 && crypto_aead_aes256gcm_is_available() != 0 ? By::kLibsodium : By::kOpenSsl;
  return fastest;
}

// Texts that a thread seals under one derived key.
struct XaesGcm::Run {
  Run() = default;
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run() { sodium_memzero(&key, sizeof key); }

  uint64_t serial = 0;  // of the key that it is derived from; 0: none
  uint32_t left = 0;
  std::array<unsigned char, kNonceBytes / 2> half{};  // of all its nonces
  crypto_aead_aes256gcm_state key{};                  // by libsodium, or
  Context context;                                    // by OpenSSL
};

// The working memory of one thread. Making a block cipher ready takes as long as all that is done with it
// for one token, so the latest ones stay ready.
class XaesGcm::Ciphers {
 public:
  static Ciphers& OfThread() {
    thread_local Ciphers ciphers;
    return ciphers;
  }
  EVP_CIPHER_CTX* Block(const XaesGcm& key) {
    Ready& ready = ready_[key.serial_ % ready_.size()];
    if (ready.serial != key.serial_) {
      if (ready.context == nullptr) {
        ready.context = NewContext(EVP_aes_256_ecb());
        Must(EVP_CIPHER_CTX_set_padding(ready.context.get(), 0));
      }
      Must(EVP_CipherInit_ex(ready.context.get(), nullptr, nullptr, key.key_.data(), nullptr, 1));
      ready.serial = key.serial_;
    }
    return ready.context.get();
  }
  // Perhaps of another key.
  Run& RunOf(const XaesGcm& key) { return runs_[key.serial_ % runs_.size()]; }
  EVP_CIPHER_CTX* Gcm(const unsigned char* key, const unsigned char* nonce, int sealing) {
    if (gcm_ == nullptr) gcm_ = NewContext(EVP_aes_256_gcm());
    Must(EVP_CipherInit_ex(gcm_.get(), nullptr, nullptr, key, nonce, sealing));
    return gcm_.get();
  }

 private:
  struct Ready {
    uint64_t serial = 0;
    Context context;
  };
  std::array<Ready, 16> ready_;
  std::array<Run, 16> runs_;
  Context gcm_;
};

XaesGcm::XaesGcm(Secret key, By by)
    : by_(by), serial_(serials.fetch_add(1, std::memory_order_relaxed) + 1), key_(std::move(key)) {
  int length = 0;
  const std::array<unsigned char, kBlockBytes> zeros{};
  Must(EVP_EncryptUpdate(Ciphers::OfThread().Block(*this), mask_.data(), &length, zeros.data(),
                         static_cast<int>(zeros.size())));
  const bool carry = (mask_[0] & 0x80U) != 0;
  for (size_t i = 0; i < kBlockBytes; ++i) {
    const unsigned next = i + 1 < kBlockBytes ? mask_[i + 1] : 0U;
    mask_[i] = static_cast<unsigned char>((mask_[i] << 1U) | (next >> 7U));
  }
  if (carry) mask_[kBlockBytes - 1] ^= 0x87;
}

void XaesGcm::Derive(Ciphers& ciphers, const unsigned char* nonce, unsigned char* derived) const {
  std::array<unsigned char, 2 * kBlockBytes> blocks;
  for (unsigned char block = 0; block < 2; ++block) {
    unsigned char* out = blocks.data() + block * kBlockBytes;
    const std::array<unsigned char, 4> head = {0, static_cast<unsigned char>(block + 1), 'X', 0};
    std::copy(head.begin(), head.end(), out);
    std::copy(nonce, nonce + kNonceBytes / 2, out + head.size());
    for (size_t i = 0; i < kBlockBytes; ++i) out[i] ^= mask_[i];
  }
  int length = 0;
  Must(EVP_EncryptUpdate(ciphers.Block(*this), derived, &length, blocks.data(),
                         static_cast<int>(blocks.size())));
}

void XaesGcm::Seal(const unsigned char* nonce, std::string_view bound, std::string_view plain,
                   unsigned char* out) const {
  Ciphers& ciphers = Ciphers::OfThread();
  std::array<unsigned char, Secret::kBytes> derived;
  Derive(ciphers, nonce, derived.data());
  if (by_ == By::kLibsodium) {
    crypto_aead_aes256gcm_encrypt(out, nullptr, Bytes(plain), plain.size(), Bytes(bound), bound.size(),
                                  nullptr, nonce + kNonceBytes / 2, derived.data());
    return sodium_memzero(derived.data(), derived.size());
  }
  EVP_CIPHER_CTX* gcm = ciphers.Gcm(derived.data(), nonce + kNonceBytes / 2, /*sealing=*/1);
  OPENSSL_cleanse(derived.data(), derived.size());
  SealWith(gcm, bound, plain, out);
}

void XaesGcm::Begin(Ciphers& ciphers, RandomSource& random, Run& run) const {
  DrawHalf(random, run.half.data());
  std::array<unsigned char, Secret::kBytes> derived;
  Derive(ciphers, run.half.data(), derived.data());
  if (by_ == By::kLibsodium) {
    crypto_aead_aes256gcm_beforenm(&run.key, derived.data());
  } else {
    if (run.context == nullptr) run.context = NewContext(EVP_aes_256_gcm());
    Must(EVP_CipherInit_ex(run.context.get(), nullptr, nullptr, derived.data(), nullptr, 1));
  }
  OPENSSL_cleanse(derived.data(), derived.size());
  run.serial = serial_;
  run.left = kRunMax;
}

void XaesGcm::SealAnew(RandomSource& random, std::string_view bound, std::string_view plain,
                       unsigned char* nonce, unsigned char* out) const {
  Ciphers& ciphers = Ciphers::OfThread();
  Run& run = ciphers.RunOf(*this);
  if (run.serial != serial_ || run.left == 0) Begin(ciphers, random, run);
  --run.left;
  unsigned char* const own_half = std::copy(run.half.begin(), run.half.end(), nonce);
  DrawHalf(random, own_half);
  if (by_ == By::kLibsodium) {
    crypto_aead_aes256gcm_encrypt_afternm(out, nullptr, Bytes(plain), plain.size(), Bytes(bound),
                                          bound.size(), nullptr, own_half, &run.key);
    return;
  }
  Must(EVP_CipherInit_ex(run.context.get(), nullptr, nullptr, nullptr, own_half, 1));
  SealWith(run.context.get(), bound, plain, out);
}

bool XaesGcm::Open(const unsigned char* nonce, std::string_view bound, std::string_view sealed,
                   unsigned char* out) const {
  LATCHKEY_CHECK(sealed.size() >= kTagBytes);
  Ciphers& ciphers = Ciphers::OfThread();
  std::array<unsigned char, Secret::kBytes> derived;
  Derive(ciphers, nonce, derived.data());
  if (by_ == By::kLibsodium) {
    const int authentic =
        crypto_aead_aes256gcm_decrypt(out, nullptr, nullptr, Bytes(sealed), sealed.size(), Bytes(bound),
                                      bound.size(), nonce + kNonceBytes / 2, derived.data());
    sodium_memzero(derived.data(), derived.size());
    return authentic == 0;
  }
  EVP_CIPHER_CTX* gcm = ciphers.Gcm(derived.data(), nonce + kNonceBytes / 2, /*sealing=*/0);
  OPENSSL_cleanse(derived.data(), derived.size());
  const size_t size = sealed.size() - kTagBytes;
  std::array<unsigned char, kTagBytes> tag;
  std::copy_n(Bytes(sealed) + size, kTagBytes, tag.data());
  int length = 0;
  int rest = 0;
  Must(EVP_DecryptUpdate(gcm, nullptr, &length, Bytes(bound), static_cast<int>(bound.size())));
  length = 0;
  if (size > 0) Must(EVP_DecryptUpdate(gcm, out, &length, Bytes(sealed), static_cast<int>(size)));
  Must(EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()));
  return EVP_DecryptFinal_ex(gcm, out + length, &rest) == 1;
}

}  // namespace latchkey
