// What receivers of security event tokens fetch: the transmitter's metadata and its public keys. Written to
// files by the command line, for a web server of the operator's to serve.
#pragma once

#include <string>
#include <vector>

#include "adapters/messages/token_signer.h"

namespace latchkey {

// A JSON Web Key Set (RFC 7517). Two keys while one is being rotated.
[[nodiscard]] std::string JwksDocument(const std::vector<TokenSigner>& signers);

// The transmitter configuration of OpenID SSF 1.0, for /.well-known/ssf-configuration of the issuer.
[[nodiscard]] std::string TransmitterDocument(const std::string& issuer, const std::string& jwks_uri);

}  // namespace latchkey
