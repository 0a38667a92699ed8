#include "adapters/messages/transmitter_documents.h"

#include <nlohmann/json.hpp>

namespace latchkey {
namespace {

constexpr int kIndent = 2;

}  // namespace

std::string JwksDocument(const std::vector<TokenSigner>& signers) {
  nlohmann::ordered_json keys = nlohmann::ordered_json::array();
  for (const TokenSigner& signer : signers)
    keys.push_back(nlohmann::ordered_json::parse(signer.public_jwk(), nullptr, /*allow_exceptions=*/false));
  return nlohmann::ordered_json{{"keys", std::move(keys)}}.dump(kIndent);
}

std::string TransmitterDocument(const std::string& issuer, const std::string& jwks_uri) {
  // Streams are set up by the operator, so there are no endpoints to manage them.
  return nlohmann::ordered_json{{"spec_version", "1_0"},
                                {"issuer", issuer},
                                {"jwks_uri", jwks_uri},
                                {"delivery_methods_supported", {"urn:ietf:rfc:8935"}},
                                {"default_subjects", "ALL"}}
      .dump(kIndent);
}

}  // namespace latchkey
