// Sentinels that talk TLS, to those with a certificate only, and the servers that they watch: both, or one of
// the two.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapters/redis/topology_client.h"
#include "tests/support/redis_sentinel.h"
#include "tests/support/test_certificates.h"

namespace latchkey {
namespace {

using testing::AllOf;
using testing::HasSubstr;

enum class Servers { kPlain, kTls };

class SentinelTlsTest : public ::testing::Test {
 protected:
  RedisServer::Options Of(Servers servers) const {
    RedisServer::Options server = RedisServer::Unlimited();
    server.tls = servers == Servers::kTls;
    server.tls_clients = true;
    certificates_.NameIn(server);
    return server;
  }
  RedisSettings SettingsFor(const RedisSentinels& redis) const {
    RedisSettings settings{.url = redis.url()};
    certificates_.NameIn(settings.tls);
    return settings;
  }

  TestCertificates certificates_{"redis.example"};
};

TEST_F(SentinelTlsTest, TheMasterThatTheyNameIsAskedAndSoIsTheOneThatFollows) {
  RedisSentinels redis({.replicas = 1, .server = Of(Servers::kTls), .sentinel_tls = true});
  TopologyClient client(SettingsFor(redis));
  ASSERT_TRUE(client.AwaitUp());
  EXPECT_EQ(client->shards()[0].name, "127.0.0.1:" + std::to_string(redis.server(0).tls_port()));
  EXPECT_EQ(client.Ask("a", {"SET", "a", "before"})->text, "OK");
  EXPECT_EQ(client.Ask("a", {"WAIT", "1", "5000"})->integer, 1);

  redis.server(0).Stop();
  const auto reply = client.Ask("a", {"APPEND", "a", "!"}, Duration(20'000));
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->integer, 7);
  EXPECT_EQ(client->shards()[0].name, "127.0.0.1:" + std::to_string(redis.server(1).tls_port()));
}

TEST_F(SentinelTlsTest, TheyAreVerifiedAndAreShownACertificate) {
  const RedisSentinels redis(
      {.replicas = 0, .sentinels = 1, .server = Of(Servers::kTls), .sentinel_tls = true});
  const auto expect_complaint = [](const RedisSettings& settings, const std::string& expected) {
    EXPECT_THAT(ComplaintOf(settings, expected),
                AllOf(HasSubstr("Sentinel 127.0.0.1:"), HasSubstr(expected)));
  };
  RedisSettings other = SettingsFor(redis);
  other.tls.server_name = "store.example";
  expect_complaint(other, "ostname mismatch");
  other.tls.server_name = "redis.example";
  EXPECT_EQ(TopologyClient(other).Ask("a", {"SET", "a", "b"})->text, "OK")
      << "under the name they were given";
  RedisSettings anonymous = SettingsFor(redis);
  anonymous.tls.cert_file = anonymous.tls.key_file = "";
  expect_complaint(anonymous, "certificate required");
  const TestCertificates others("redis.example");
  RedisSettings trusting_others = SettingsFor(redis);
  trusting_others.tls.ca_file = others.ca_file();
  expect_complaint(trusting_others, "certificate verify failed");
}

TEST_F(SentinelTlsTest, TheyMayTalkTlsAndTheServersNot) {
  const RedisSentinels redis(
      {.replicas = 0, .sentinels = 1, .server = Of(Servers::kPlain), .sentinel_tls = true});
  RedisSettings settings = SettingsFor(redis);
  settings.sentinel.tls = true;
  EXPECT_EQ(TopologyClient(settings).Ask("a", {"SET", "a", "b"})->text, "OK");
  settings.sentinel.tls = std::nullopt;
  EXPECT_THAT(ComplaintOf(settings, "Sentinel 127.0.0.1:"), HasSubstr("Sentinel 127.0.0.1:"))
      << "as the URL says for the servers";
}

TEST_F(SentinelTlsTest, TheServersMayTalkTlsAndTheyNot) {
  const RedisSentinels redis({.replicas = 0, .sentinels = 1, .server = Of(Servers::kTls)});
  RedisSettings settings = SettingsFor(redis);
  settings.sentinel.tls = false;
  EXPECT_EQ(TopologyClient(settings).Ask("a", {"SET", "a", "b"})->text, "OK");
  settings.sentinel.tls = std::nullopt;
  EXPECT_THAT(ComplaintOf(settings, "Sentinel 127.0.0.1:"), HasSubstr("Sentinel 127.0.0.1:"));
}

}  // namespace
}  // namespace latchkey
