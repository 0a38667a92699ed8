// A Cluster that talks TLS to those with a certificate only, and whose nodes announce host names.
#include <gtest/gtest.h>

#include "tests/adapters/redis/topology_client.h"
#include "tests/support/redis_cluster.h"
#include "tests/support/test_certificates.h"

namespace latchkey {
namespace {

class ClusterTlsTest : public ::testing::Test {
 protected:
  RedisServer::Options Server() const {
    RedisServer::Options server = RedisServer::Unlimited();
    server.arguments = {"--cluster-announce-hostname", "localhost", "--cluster-preferred-endpoint-type",
                        "hostname"};
    server.tls = true;
    server.tls_clients = true;
    server.ca_file = certificates_.ca_file();
    server.cert_file = certificates_.cert_file();
    server.key_file = certificates_.key_file();
    return server;
  }
  RedisSettings Settings() const {
    RedisSettings settings{.url = cluster_.url()};
    settings.tls.ca_file = certificates_.ca_file();
    settings.tls.cert_file = certificates_.cert_file();
    settings.tls.key_file = certificates_.key_file();
    return settings;
  }
  // What a client with these settings says until it says this.
  std::string Complaint(const RedisSettings& settings, const std::string& expected) const {
    TopologyClient client(settings);
    std::string said;
    for (int tries = 0; tries < 500 && said.find(expected) == std::string::npos; ++tries) {
      for (const auto& [up, why] : client.States(1)) said += why + "\n";
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return said;
  }

  TestCertificates certificates_{"localhost"};
  RedisCluster cluster_{{.primaries = 3, .replicas_each = 0, .server = Server()}};
};

TEST_F(ClusterTlsTest, VerifiesEveryNodeUnderTheNameItAnnouncesAndShowsItsOwnCertificate) {
  TopologyClient client(Settings());
  for (int i = 0; i < 20; ++i) {
    const std::string key = "k" + std::to_string(i);
    const auto reply = client.Ask(key, {"SET", key, "x"});
    ASSERT_TRUE(reply.ok()) << reply.status();
    EXPECT_EQ(reply->text, "OK");
  }
  EXPECT_EQ(cluster_.Keys("k*").size(), 20U);
  for (const RedisClient::Shard& shard : client->shards())
    EXPECT_EQ(shard.name.rfind("localhost:", 0), 0U) << shard.name;

  RedisSettings anonymous = Settings();
  anonymous.tls.cert_file = anonymous.tls.key_file = "";
  EXPECT_NE(Complaint(anonymous, "certificate required").find("certificate required"), std::string::npos);
  RedisSettings other = Settings();
  other.tls.server_name = "store.example";
  EXPECT_NE(Complaint(other, "ostname mismatch").find("ostname mismatch"), std::string::npos);
}

}  // namespace
}  // namespace latchkey
