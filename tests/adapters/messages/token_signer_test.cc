#include "adapters/messages/token_signer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "adapters/messages/transmitter_documents.h"
#include "tests/support/test_keys.h"

namespace latchkey {
namespace {

// RFC 8037, appendix A: an Ed25519 key, its JWK thumbprint and a signature.
constexpr char kRfc8037Pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";

TEST(TokenSignerTest, SignsWithTheAlgorithmOfItsKey) {
  for (const auto& [kind, algorithm] : std::vector<std::pair<std::string, std::string>>{
           {"P-256", "ES256"}, {"Ed25519", "EdDSA"}, {"RSA-2048", "RS256"}}) {
    const std::string pem = NewPrivateKey(kind);
    const auto signer = TokenSigner::FromPem(pem);
    ASSERT_TRUE(signer.ok()) << signer.status();
    EXPECT_EQ(signer->algorithm(), algorithm);
    const std::string token = signer->Sign("secevent+jwt", "{\"a\":1}");
    EXPECT_TRUE(TokenVerifies(token, pem)) << kind;
    EXPECT_FALSE(TokenVerifies(token, NewPrivateKey(kind))) << kind;
    EXPECT_EQ(TokenPart(token, 1), "{\"a\":1}");
    const auto header = nlohmann::json::parse(TokenPart(token, 0));
    EXPECT_EQ(header["typ"], "secevent+jwt");
    EXPECT_EQ(header["alg"], algorithm);
    EXPECT_EQ(header["kid"], signer->key_id());
    EXPECT_EQ(token.find('='), std::string::npos) << "base64url has no padding here";
  }
}

TEST(TokenSignerTest, SignsTheShortNumbersOfEs256Too) {
  const std::string pem = NewPrivateKey("P-256");
  const auto signer = TokenSigner::FromPem(pem);
  // One signature in 128 has a number that begins with a zero byte.
  for (int i = 0; i < 600; ++i) ASSERT_TRUE(TokenVerifies(signer->Sign("t", std::to_string(i)), pem)) << i;
}

TEST(TokenSignerTest, NamesAKeyByItsThumbprint) {
  const auto signer = TokenSigner::FromPem(kRfc8037Pem);
  ASSERT_TRUE(signer.ok());
  EXPECT_EQ(signer->key_id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  const auto jwk = nlohmann::json::parse(signer->public_jwk());
  EXPECT_EQ(jwk["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  EXPECT_EQ(jwk["kty"], "OKP");
  EXPECT_FALSE(jwk.contains("d"));
}

TEST(TokenSignerTest, RefusesKeysThatAreTooWeakOrUnknown) {
  for (const char* kind : {"RSA-1024", "P-384"})
    EXPECT_EQ(TokenSigner::FromPem(NewPrivateKey(kind)).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(TokenSigner::FromPem("no key").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(TransmitterDocumentsTest, ShowPublicKeysAndWhereTheyAre) {
  std::vector<TokenSigner> signers;
  for (const char* kind : {"P-256", "Ed25519"}) signers.push_back(*TokenSigner::FromPem(NewPrivateKey(kind)));
  const auto jwks = nlohmann::json::parse(JwksDocument(signers));
  ASSERT_EQ(jwks["keys"].size(), 2U);
  for (const auto& key : jwks["keys"]) EXPECT_FALSE(key.contains("d")) << "private";
  const auto metadata =
      nlohmann::json::parse(TransmitterDocument("https://me.example", "https://me.example/jwks"));
  EXPECT_EQ(metadata["issuer"], "https://me.example");
  EXPECT_EQ(metadata["delivery_methods_supported"][0], "urn:ietf:rfc:8935");
}

}  // namespace
}  // namespace latchkey
