#include "adapters/redis/redis_url.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace latchkey {
namespace {

std::string MessageOf(const std::string& url) {
  const absl::StatusOr<RedisUrl> parsed = ParseRedisUrl(url);
  return parsed.ok() ? "accepted" : std::string(parsed.status().message());
}

TEST(RedisUrlTest, ReadsEveryPart) {
  const auto url = ParseRedisUrl("redis://guard:p%40ss%2Fword@store.example:6380/3");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->host, "store.example");
  EXPECT_EQ(url->port, 6380);
  EXPECT_EQ(url->user, "guard");
  EXPECT_EQ(url->password, "p@ss/word");
  EXPECT_EQ(url->database, 3);
  EXPECT_FALSE(url->tls);
}

TEST(RedisUrlTest, HasTheUsualDefaults) {
  const auto url = ParseRedisUrl("rediss://store");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->port, 6379);
  EXPECT_EQ(url->database, 0);
  EXPECT_TRUE(url->tls);
  EXPECT_TRUE(url->user.empty());
}

TEST(RedisUrlTest, ReadsAddressesOfBothFamilies) {
  EXPECT_EQ(ParseRedisUrl("redis://[2001:db8::1]:7000")->host, "2001:db8::1");
  EXPECT_EQ(ParseRedisUrl("redis://[::1]")->port, 6379);
  EXPECT_EQ(ParseRedisUrl("redis://192.0.2.1:7000/")->host, "192.0.2.1");
}

TEST(RedisUrlTest, ReadsSocketFilesInAllTheirSpellings) {
  for (const char* scheme : {"unix", "redis+unix", "redis-socket", "UNIX"}) {
    const auto url = ParseRedisUrl(std::string(scheme) + "://:secret@/run/redis.sock?db=2");
    ASSERT_TRUE(url.ok()) << url.status();
    EXPECT_EQ(url->socket_path, "/run/redis.sock");
    EXPECT_EQ(url->password, "secret");
    EXPECT_EQ(url->database, 2);
  }
}

TEST(RedisUrlTest, ShowsItselfWithoutThePassword) {
  EXPECT_EQ(ParseRedisUrl("redis://u:secret@h:1/2")->Display(), "redis://u@h:1/2");
  EXPECT_EQ(ParseRedisUrl("rediss://:secret@[::1]")->Display(), "rediss://[::1]:6379");
  EXPECT_EQ(ParseRedisUrl("unix://:secret@/run/r")->Display(), "unix:///run/r");
}

TEST(RedisUrlTest, ReadsTheSeedsOfACluster) {
  for (const char* scheme : {"redis+cluster", "redis-cluster", "REDIS+CLUSTER"}) {
    const auto url = ParseRedisUrl(std::string(scheme) + "://u:secret@a,b:7001,[::1]:7002");
    ASSERT_TRUE(url.ok()) << url.status();
    EXPECT_EQ(url->kind, RedisUrl::Kind::kCluster);
    EXPECT_EQ(url->seeds, (std::vector<NodeAddress>{{"a", 6379}, {"b", 7001}, {"::1", 7002}}));
    EXPECT_EQ(url->user, "u");
    EXPECT_EQ(url->password, "secret");
    EXPECT_FALSE(url->tls);
    EXPECT_EQ(url->Display(), "redis+cluster://u@a:6379,b:7001,[::1]:7002");
  }
  EXPECT_TRUE(ParseRedisUrl("rediss+cluster://a")->tls);
  EXPECT_TRUE(ParseRedisUrl("redis+cluster://a/0").ok());
}

TEST(RedisUrlTest, ReadsSentinelsAndTheNameOfTheirMaster) {
  for (const char* text : {"rediss+sentinel://:secret@a,b:7001/main/2",
                           "rediss-sentinel://:secret@a,b:7001/2?sentinelMasterId=main"}) {
    const auto url = ParseRedisUrl(text);
    ASSERT_TRUE(url.ok()) << url.status();
    EXPECT_EQ(url->kind, RedisUrl::Kind::kSentinel);
    EXPECT_EQ(url->seeds, (std::vector<NodeAddress>{{"a", 26379}, {"b", 7001}}));
    EXPECT_EQ(url->master, "main");
    EXPECT_EQ(url->database, 2);
    EXPECT_EQ(url->password, "secret");
    EXPECT_TRUE(url->tls);
    EXPECT_EQ(url->Display(), "rediss+sentinel://a:26379,b:7001/main/2");
  }
  EXPECT_EQ(ParseRedisUrl("redis+sentinel://a/main")->database, 0);
  EXPECT_EQ(ParseRedisUrl("redis-sentinel://a?sentinelMasterId=main")->master, "main");
  EXPECT_EQ(ParseRedisUrl("redis+sentinel://a/my%2Fmain")->master, "my/main");
}

TEST(RedisUrlTest, SaysWhatIsWrongWithATopology) {
  EXPECT_NE(MessageOf("redis+cluster://a/1").find("no database but 0"), std::string::npos);
  EXPECT_NE(MessageOf("redis+cluster://a,,b").find("host is missing"), std::string::npos);
  EXPECT_NE(MessageOf("redis+cluster://a?x=1").find("'?'"), std::string::npos);
  EXPECT_NE(MessageOf("redis+sentinel://a,b").find("master's name is missing"), std::string::npos);
  EXPECT_NE(MessageOf("redis+sentinel://a/main/x").find("database"), std::string::npos);
  EXPECT_NE(MessageOf("redis-sentinel://a/main?timeout=1").find("sentinelMasterId"), std::string::npos);
  EXPECT_NE(MessageOf("redis+ring://a").find("scheme is not one of"), std::string::npos);
}

TEST(RedisUrlTest, SaysWhatIsWrong) {
  EXPECT_NE(MessageOf("store:6379").find("no scheme"), std::string::npos);
  EXPECT_NE(MessageOf("http://store").find("scheme is not one of"), std::string::npos);
  EXPECT_NE(MessageOf("redis://").find("host is missing"), std::string::npos);
  EXPECT_NE(MessageOf("redis://store:0").find("port"), std::string::npos);
  EXPECT_NE(MessageOf("redis://store:65536").find("port"), std::string::npos);
  EXPECT_NE(MessageOf("redis://store:").find("port"), std::string::npos);
  EXPECT_NE(MessageOf("redis://store/main").find("database"), std::string::npos);
  EXPECT_NE(MessageOf("redis://a,b").find("several hosts"), std::string::npos);
  EXPECT_NE(MessageOf("redis://2001:db8::1").find("brackets"), std::string::npos);
  EXPECT_NE(MessageOf("redis://[::1").find("bracket"), std::string::npos);
  EXPECT_NE(MessageOf("redis://store?db=1").find("'?'"), std::string::npos);
  EXPECT_NE(MessageOf("redis://u:%zz@store").find("'%'"), std::string::npos);
  EXPECT_NE(MessageOf("redis://u@store").find("without a password"), std::string::npos);
  EXPECT_NE(MessageOf("unix://run/redis.sock").find("absolute"), std::string::npos);
  EXPECT_NE(MessageOf("unix:///" + std::string(120, 'x')).find("107"), std::string::npos);
}

// A password with an unescaped '/', ':', '@' or '?' ends up in another part of the URL.
TEST(RedisUrlTest, NeverRepeatsThePasswordInAnError) {
  for (const char* url :
       {"redis://:hush/hush@store", "redis://u:hush:hush/x@store", "redis://:hush?hush@store",
        "redis://:hu%sh@store", "redis://:hush#hush@store:99999", "hush://:hush@store",
        "redis://:hush@a,hush", "redis+cluster://:hush/hush@a,b", "redis+sentinel://:hush?hush@a/main",
        "redis-sentinel://:hush@a/main?hush", "redis://:hush@store:hush", "redis://:hush@store/hush"}) {
    const std::string message = MessageOf(url);
    EXPECT_NE(message, "accepted") << url;
    EXPECT_EQ(message.find("hush"), std::string::npos) << message;
  }
}

class PasswordFileTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& text) {
    std::ofstream(path_, std::ios::binary) << text;
    return path_;
  }
  ~PasswordFileTest() override { unlink(path_.c_str()); }
  const std::string path_ = ::testing::TempDir() + "redis-password-" + std::to_string(getpid());
};

TEST_F(PasswordFileTest, GivesThePasswordWithoutItsLineEnd) {
  EXPECT_EQ(ParseRedisUrl("redis://u@store", Write("hush\n"))->password, "hush");
  EXPECT_EQ(ParseRedisUrl("redis://store", Write("hush \r\n"))->password, "hush ");
}

TEST_F(PasswordFileTest, IsRefusedWhenMissingEmptyOrDoubled) {
  EXPECT_EQ(ParseRedisUrl("redis://store", "/nonexistent").status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(ParseRedisUrl("redis://store", Write("\n")).ok());
  EXPECT_FALSE(ParseRedisUrl("redis://:other@store", Write("hush")).ok());
}

}  // namespace
}  // namespace latchkey
