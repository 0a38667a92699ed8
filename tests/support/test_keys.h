// Private keys made for a test, and what their public half says of a signature.
#pragma once

#include <string>
#include <string_view>

namespace latchkey {

// Of "P-256", "P-384", "Ed25519", "RSA-2048" or "RSA-1024", in PEM.
[[nodiscard]] std::string NewPrivateKey(std::string_view kind);

// Whether the token's signature is that of the private key `pem`, by OpenSSL and nothing of ours.
[[nodiscard]] bool TokenVerifies(std::string_view token, std::string_view pem);

// A part of a token, decoded: 0 is its header, 1 its claims.
[[nodiscard]] std::string TokenPart(std::string_view token, size_t part);

}  // namespace latchkey
