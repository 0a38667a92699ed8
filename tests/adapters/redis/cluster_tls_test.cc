// A Cluster that talks TLS to those with a certificate only, and whose nodes announce host names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapters/redis/topology_client.h"
#include "tests/support/redis_cluster.h"
#include "tests/support/test_certificates.h"

namespace latchkey {
namespace {

using testing::HasSubstr;

class ClusterTlsTest : public ::testing::Test {
 protected:
  RedisServer::Options Server() const {
    RedisServer::Options server = RedisServer::Unlimited();
    server.arguments = {"--cluster-announce-hostname", "localhost", "--cluster-preferred-endpoint-type",
                        "hostname"};
    server.tls = true;
    server.tls_clients = true;
    certificates_.NameIn(server);
    return server;
  }
  RedisSettings Settings() const {
    RedisSettings settings{.url = cluster_.url()};
    certificates_.NameIn(settings.tls);
    return settings;
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
  EXPECT_THAT(ComplaintOf(anonymous, "certificate required"), HasSubstr("certificate required"));
  RedisSettings other = Settings();
  other.tls.server_name = "store.example";
  EXPECT_THAT(ComplaintOf(other, "ostname mismatch"), HasSubstr("ostname mismatch"));
}

}  // namespace
}  // namespace latchkey
