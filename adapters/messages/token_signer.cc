#include "adapters/messages/token_signer.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/base/check.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

constexpr int kRsaBitsMin = 2048;
constexpr size_t kP256Bytes = 32;
constexpr size_t kEd25519Bytes = 32;

template <typename T, void (*Free)(T*)>
struct Freer {
  void operator()(T* owned) const { Free(owned); }
};
void FreeBio(BIO* bio) { BIO_free(bio); }
using Bio = std::unique_ptr<BIO, Freer<BIO, FreeBio>>;
using Number = std::unique_ptr<BIGNUM, Freer<BIGNUM, BN_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freer<ECDSA_SIG, ECDSA_SIG_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX, EVP_MD_CTX_free>>;

std::string UrlSafe(std::string_view bytes) { return absl::WebSafeBase64Escape(ToAbsl(bytes)); }

std::string BytesOf(const BIGNUM* number, size_t width) {
  std::string bytes(width == 0 ? static_cast<size_t>(BN_num_bytes(number)) : width, '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  return bytes;
}

// A number of a key, in base64url; `width` bytes, or as many as it needs.
std::string Part(EVP_PKEY* key, const char* name, size_t width) {
  BIGNUM* number = nullptr;
  LATCHKEY_CHECK(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  const Number owned(number);
  return UrlSafe(BytesOf(number, width));
}

struct Shape {
  std::string algorithm;
  nlohmann::json members;  // what a thumbprint is made of; sorted by name, as it must be
};

absl::StatusOr<Shape> ShapeOf(EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_EC: {
      std::array<char, 32> group{};
      size_t size = 0;
      if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
          std::string_view(group.data(), size) == "prime256v1") {
        return Shape{"ES256",
                     {{"crv", "P-256"},
                      {"kty", "EC"},
                      {"x", Part(key, OSSL_PKEY_PARAM_EC_PUB_X, kP256Bytes)},
                      {"y", Part(key, OSSL_PKEY_PARAM_EC_PUB_Y, kP256Bytes)}}};
      }
      break;
    }
    case EVP_PKEY_ED25519: {
      std::string raw(kEd25519Bytes, '\0');
      size_t size = raw.size();
      LATCHKEY_CHECK(EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(raw.data()), &size) ==
                     1);
      return Shape{"EdDSA", {{"crv", "Ed25519"}, {"kty", "OKP"}, {"x", UrlSafe(raw)}}};
    }
    case EVP_PKEY_RSA:
      if (EVP_PKEY_get_bits(key) >= kRsaBitsMin) {
        return Shape{"RS256",
                     {{"e", Part(key, OSSL_PKEY_PARAM_RSA_E, 0)},
                      {"kty", "RSA"},
                      {"n", Part(key, OSSL_PKEY_PARAM_RSA_N, 0)}}};
      }
      break;
    default:
      break;
  }
  return absl::InvalidArgumentError("the key must be of P-256, Ed25519 or RSA of 2048 bits or more");
}

// JWS has the two numbers of an ECDSA signature side by side; OpenSSL has them in DER.
std::string SideBySide(const std::string& der) {
  const auto* begin = reinterpret_cast<const unsigned char*>(der.data());
  const EcdsaSignature signature(d2i_ECDSA_SIG(nullptr, &begin, static_cast<long>(der.size())));
  LATCHKEY_CHECK(signature != nullptr);
  return BytesOf(ECDSA_SIG_get0_r(signature.get()), kP256Bytes) +
         BytesOf(ECDSA_SIG_get0_s(signature.get()), kP256Bytes);
}

int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) { return 0; }

}  // namespace

absl::StatusOr<TokenSigner> TokenSigner::FromPem(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr);
  if (key == nullptr) return absl::InvalidArgumentError("not a private key in PEM without a passphrase");
  TokenSigner signer;
  signer.key_ = std::shared_ptr<void>(key, [](void* owned) { EVP_PKEY_free(static_cast<EVP_PKEY*>(owned)); });
  auto shape = ShapeOf(key);
  if (!shape.ok()) return shape.status();
  signer.algorithm_ = shape->algorithm;
  const std::string members = shape->members.dump();
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(members.data()), members.size(), digest.data());
  signer.key_id_ = UrlSafe({reinterpret_cast<const char*>(digest.data()), digest.size()});
  nlohmann::json jwk = shape->members;
  jwk["kid"] = signer.key_id_;
  jwk["alg"] = signer.algorithm_;
  jwk["use"] = "sig";
  signer.jwk_ = jwk.dump();
  return signer;
}

std::string TokenSigner::Sign(std::string_view type, std::string_view claims) const {
  const nlohmann::json header = {{"alg", algorithm_}, {"kid", key_id_}, {"typ", type}};
  const std::string content = absl::StrCat(UrlSafe(header.dump()), ".", UrlSafe(claims));
  auto* key = static_cast<EVP_PKEY*>(key_.get());
  const DigestContext context(EVP_MD_CTX_new());
  const EVP_MD* digest = algorithm_ == "EdDSA" ? nullptr : EVP_sha256();
  LATCHKEY_CHECK(EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key) == 1);
  const auto* bytes = reinterpret_cast<const unsigned char*>(content.data());
  size_t size = 0;
  LATCHKEY_CHECK(EVP_DigestSign(context.get(), nullptr, &size, bytes, content.size()) == 1);
  std::string signature(size, '\0');
  LATCHKEY_CHECK(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                                bytes, content.size()) == 1);
  signature.resize(size);
  if (algorithm_ == "ES256") signature = SideBySide(signature);
  return absl::StrCat(content, ".", UrlSafe(signature));
}

}  // namespace latchkey
