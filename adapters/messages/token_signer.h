// Signs JSON Web Tokens with a private key, and shows its public half.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace latchkey {

// Immutable; thread-safe.
class TokenSigner {
 public:
  // A private key in PEM, without a passphrase: of the curve P-256 (ES256), Ed25519 (EdDSA) or RSA of at
  // least 2048 bits (RS256). kInvalidArgument for anything else.
  [[nodiscard]] static absl::StatusOr<TokenSigner> FromPem(std::string_view pem);

  // "<header>.<claims>.<signature>", each in base64url. `claims`: a JSON object, as it is.
  [[nodiscard]] std::string Sign(std::string_view type, std::string_view claims) const;

  // The public key as a JSON Web Key, with kid, alg and use.
  [[nodiscard]] const std::string& public_jwk() const { return jwk_; }
  // The RFC 7638 thumbprint of the public key.
  [[nodiscard]] const std::string& key_id() const { return key_id_; }
  [[nodiscard]] const std::string& algorithm() const { return algorithm_; }

 private:
  TokenSigner() = default;
  std::shared_ptr<void> key_;  // an EVP_PKEY
  std::string algorithm_;
  std::string key_id_;
  std::string jwk_;
};

}  // namespace latchkey
