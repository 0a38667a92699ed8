#include "tests/support/test_keys.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <stdexcept>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"

namespace latchkey {
namespace {

std::vector<std::string> PartsOf(std::string_view token) {
  return absl::StrSplit(absl::string_view(token.data(), token.size()), '.');
}

std::string Decoded(const std::string& text) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(text, &bytes)) throw std::runtime_error("no base64url: " + text);
  return bytes;
}

// Two numbers side by side, as DER.
std::string Der(const std::string& raw) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(raw.data());
  const int half = static_cast<int>(raw.size() / 2);
  ECDSA_SIG* signature = ECDSA_SIG_new();
  ECDSA_SIG_set0(signature, BN_bin2bn(bytes, half, nullptr), BN_bin2bn(bytes + half, half, nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature, &der);
  std::string text(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  ECDSA_SIG_free(signature);
  return text;
}

}  // namespace

std::string NewPrivateKey(std::string_view kind) {
  EVP_PKEY* key = nullptr;
  if (kind == "P-256") key = EVP_EC_gen("P-256");
  if (kind == "P-384") key = EVP_EC_gen("P-384");
  if (kind == "Ed25519") key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (kind == "RSA-2048") key = EVP_RSA_gen(2048);
  if (kind == "RSA-1024") key = EVP_RSA_gen(1024);
  if (key == nullptr) throw std::runtime_error("no such key");
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(bio);
  EVP_PKEY_free(key);
  return pem;
}

bool TokenVerifies(std::string_view token, std::string_view pem) {
  const std::vector<std::string> parts = PartsOf(token);
  if (parts.size() != 3) return false;
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  std::string signature = Decoded(parts[2]);
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC) signature = Der(signature);
  const EVP_MD* digest = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
  const std::string content = parts[0] + "." + parts[1];
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestVerifyInit(context, nullptr, digest, nullptr, key);
  const bool good =
      EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                       reinterpret_cast<const unsigned char*>(content.data()), content.size()) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  BIO_free(bio);
  return good;
}

std::string TokenPart(std::string_view token, size_t part) { return Decoded(PartsOf(token).at(part)); }

}  // namespace latchkey
