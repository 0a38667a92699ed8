#include "adapters/redis/tls.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/adapters/redis/test_connection.h"
#include "tests/support/redis_server.h"
#include "tests/support/test_certificates.h"

namespace latchkey {
namespace {

class TlsTest : public ::testing::Test {
 protected:
  std::string Url(const std::string& host) const {
    return "rediss://" + host + ":" + std::to_string(server_.tls_port());
  }
  static std::shared_ptr<const TlsContext> Trusting(const std::string& ca_file,
                                                    const std::string& name = "") {
    TlsOptions options;
    options.ca_file = ca_file;
    options.server_name = name;
    return *TlsContext::Load(options);
  }
  absl::Status Refusal(const std::string& host, std::shared_ptr<const TlsContext> tls) const {
    TestConnection client(Url(host), TestConnection::Patient(), std::move(tls));
    return client.State(1).why;
  }

  TestCertificates certificates_{"redis.example"};
  RedisServer server_{{.arguments = {},
                       .password = "",
                       .least_privilege = false,
                       .tls = true,
                       .ca_file = certificates_.ca_file(),
                       .cert_file = certificates_.cert_file(),
                       .key_file = certificates_.key_file()}};
};

TEST_F(TlsTest, TalksToAServerWhoseCertificateIsForItsAddress) {
  TestConnection client(Url("127.0.0.1"), TestConnection::Patient(), Trusting(certificates_.ca_file()));
  EXPECT_EQ(client.Ask({"PING"})->text, "PONG");
  const std::string large(500'000, 'x');
  ASSERT_TRUE(client.Ask({"SET", "k", large}).ok());
  EXPECT_EQ(client.Ask({"GET", "k"})->text, large);
}

TEST_F(TlsTest, TalksToAServerUnderTheNameItWasToldToExpect) {
  TestConnection client(Url("localhost"), TestConnection::Patient(),
                        Trusting(certificates_.ca_file(), "redis.example"));
  EXPECT_EQ(client.Ask({"PING"})->text, "PONG");
}

TEST_F(TlsTest, ShowsItsOwnCertificateToAServerThatWantsOne) {
  RedisServer::Options options = RedisServer::Unlimited();
  options.tls = options.tls_clients = true;
  certificates_.NameIn(options);
  const RedisServer strict(options);
  const std::string url = "rediss://127.0.0.1:" + std::to_string(strict.tls_port());
  TlsOptions own;
  certificates_.NameIn(own);
  TestConnection client(url, TestConnection::Patient(), *TlsContext::Load(own));
  EXPECT_EQ(client.Ask({"PING"})->text, "PONG");
  TestConnection anonymous(url, TestConnection::Patient(), Trusting(certificates_.ca_file()));
  EXPECT_FALSE(anonymous.State(1).up) << "it is told why, or just cut off";
}

TEST_F(TlsTest, RefusesAServerOfAnotherName) {
  const absl::Status why = Refusal("localhost", Trusting(certificates_.ca_file(), "store.example"));
  EXPECT_NE(why.message().find("ostname mismatch"), absl::string_view::npos) << why;
}

TEST_F(TlsTest, RefusesAServerOfAnUnknownAuthority) {
  const TestCertificates others("redis.example");
  const absl::Status why = Refusal("127.0.0.1", Trusting(others.ca_file()));
  EXPECT_NE(why.message().find("certificate"), absl::string_view::npos) << why;
}

TEST_F(TlsTest, SaysWhichFileCannotBeUsed) {
  TlsOptions options;
  options.ca_file = "/nonexistent/ca.pem";
  const absl::Status missing = TlsContext::Load(options).status();
  EXPECT_NE(missing.message().find("/nonexistent/ca.pem"), absl::string_view::npos) << missing;
  options.ca_file = certificates_.ca_file();
  options.cert_file = certificates_.cert_file();
  EXPECT_FALSE(TlsContext::Load(options).ok()) << "a certificate without its key";
  options.key_file = certificates_.ca_file();
  EXPECT_FALSE(TlsContext::Load(options).ok()) << "a key file without a key";
}

}  // namespace
}  // namespace latchkey
