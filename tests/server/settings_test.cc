#include "server/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "server/callers_file.h"
#include "server/exposure.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;

// A file that is gone with the test.
class TextFile {
 public:
  explicit TextFile(const std::string& text)
      : path_(::testing::TempDir() + "latchkey-settings-" + std::to_string(getpid()) + ".yaml") {
    std::ofstream(path_) << text;
  }
  ~TextFile() { std::filesystem::remove(path_); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

TEST(SettingsTest, AFlagWinsOverTheEnvironmentAndThatOverTheFile) {
  const TextFile file("listen: 127.0.0.1:1\nstore: redis://a\nredis:\n  threads: 3\n");
  setenv("LATCHKEY_STORE", "redis://b", 1);
  setenv("LATCHKEY_LISTEN", "127.0.0.1:2", 1);
  const auto values = GatherSettings(file.path(), {{"listen", "127.0.0.1:3"}});
  unsetenv("LATCHKEY_STORE");
  unsetenv("LATCHKEY_LISTEN");
  ASSERT_TRUE(values.ok()) << values.status();
  EXPECT_EQ(values->at("listen").text, "127.0.0.1:3");
  EXPECT_EQ(values->at("listen").origin, "flag --listen");
  EXPECT_EQ(values->at("store").origin, "environment LATCHKEY_STORE");
  EXPECT_EQ(values->at("redis.threads").text, "3");
  EXPECT_THAT(values->at("redis.threads").origin, HasSubstr(":4:3"));
  EXPECT_EQ(values->at("environment").origin, "default");
}

TEST(SettingsTest, TheDefaultsAreGood) {
  const auto values = GatherSettings("", {});
  ASSERT_TRUE(values.ok());
  const auto settings = ParseSettings(*values);
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->attempt_token_life, std::chrono::minutes(2));
  EXPECT_TRUE(CheckExposure(*settings).ok());
}

TEST(SettingsTest, RedisOwnCertificateNeedsItsKeyAndSentinelsMayDifferInTls) {
  const auto parse = [](const std::map<std::string, std::string>& flags) {
    return ParseSettings(*GatherSettings("", flags));
  };
  EXPECT_THAT(MessageOf(parse({{"redis.certificate", "cert.pem"}}).status()), HasSubstr("belong together"));
  EXPECT_TRUE(parse({{"redis.certificate", "cert.pem"}, {"redis.private_key", "key.pem"}}).ok());
  EXPECT_FALSE(parse({})->redis_sentinel_tls.has_value());
  EXPECT_EQ(parse({{"redis.sentinel_tls", "false"}})->redis_sentinel_tls, false);
  EXPECT_FALSE(parse({{"redis.sentinel_tls", "maybe"}}).ok());
}

TEST(SettingsTest, UnknownSettingsAreSaidWithTheirPlaces) {
  const TextFile file("listen: 127.0.0.1:1\nlissten: x\nredis: { thread: 2 }\n");
  const std::string message = MessageOf(GatherSettings(file.path(), {}).status());
  EXPECT_THAT(message, HasSubstr(":2:1: unknown setting 'lissten'"));
  EXPECT_THAT(message, HasSubstr(":3:10: unknown setting 'redis.thread'"));
}

TEST(SettingsTest, AMisspeltSettingIsToldWhatItMayHaveMeant) {
  const TextFile file("redis: { command_timout: 20ms }\nfoo: 1\n");
  const std::string message = MessageOf(GatherSettings(file.path(), {}).status());
  EXPECT_THAT(message, HasSubstr("'redis.command_timout'; did you mean 'redis.command_timeout'?"));
  EXPECT_THAT(message, HasSubstr("'foo'; --help lists them"));
}

TEST(SettingsTest, AVariableOfASectionThatNamesNoSettingIsAMistakeAndOneOfKubernetesIsNot) {
  setenv("LATCHKEY_PORT_7450_TCP", "tcp://10.0.0.1:7450", 1);
  setenv("LATCHKEY_SERVICE_HOST", "10.0.0.1", 1);
  EXPECT_TRUE(GatherSettings("", {}).ok());
  setenv("LATCHKEY_REDIS__COMAND_TIMEOUT", "3ms", 1);
  const std::string message = MessageOf(GatherSettings("", {}).status());
  unsetenv("LATCHKEY_REDIS__COMAND_TIMEOUT");
  unsetenv("LATCHKEY_SERVICE_HOST");
  unsetenv("LATCHKEY_PORT_7450_TCP");
  EXPECT_EQ(message,
            "environment: 'LATCHKEY_REDIS__COMAND_TIMEOUT' is no setting; did you mean "
            "'LATCHKEY_REDIS__COMMAND_TIMEOUT'?");
}

TEST(SettingsTest, AnAddressToListenOnHasAPortThatThereIs) {
  const auto parse = [](const char* setting, const char* address) {
    return ParseSettings(*GatherSettings("", {{setting, address}})).status();
  };
  for (const char* good :
       {"127.0.0.1:0", "0.0.0.0:65535", "[::1]:7450", "localhost:1", "unix:/run/latchkey"}) {
    EXPECT_TRUE(parse("listen", good).ok()) << good;
  }
  for (const char* wrong : {"", "127.0.0.1", "127.0.0.1:", ":7450", "127.0.0.1:65536", "127.0.0.1:http",
                            "::1:7450", "unix:", "http://127.0.0.1:7450"}) {
    EXPECT_THAT(MessageOf(parse("listen", wrong)), HasSubstr("flag --listen: 'listen' is '")) << wrong;
  }
  EXPECT_TRUE(parse("metrics_listen", "").ok());
  EXPECT_TRUE(parse("metrics_listen", "127.0.0.1:9450").ok());
  EXPECT_THAT(MessageOf(parse("metrics_listen", "9450")), HasSubstr("must be host:port"));
  EXPECT_THAT(MessageOf(parse("metrics_listen", "unix:/run/x")), HasSubstr("must be host:port"));
}

TEST(SettingsTest, AWordThatIsNoneOfAFewIsSaidWithItsOriginAndTheFew) {
  const auto values = GatherSettings(
      "", {{"log.level", "loud"}, {"siem.format", "cef"}, {"policy.source", "db"}, {"recording.mode", "on"}});
  const std::string message = MessageOf(ParseSettings(*values).status());
  EXPECT_THAT(message,
              HasSubstr("flag --log-level: 'log.level' is 'loud', but must be debug, info, warn or error"));
  EXPECT_THAT(message, HasSubstr("flag --siem-format: 'siem.format' is 'cef', but must be off, ocsf or ecs"));
  EXPECT_THAT(message, HasSubstr("flag --policy-source: 'policy.source' is 'db', but must be file or store"));
  EXPECT_THAT(message,
              HasSubstr("flag --recording-mode: 'recording.mode' is 'on', but must be off, sampled or full"));
}

TEST(SettingsTest, EveryWrongValueIsSaidAtOnceWithItsOrigin) {
  const auto values = GatherSettings("", {{"redis.threads", "many"},
                                          {"attempt_token_life", "9h"},
                                          {"insecure", "maybe"},
                                          {"tls.certificate", "x"}});
  ASSERT_TRUE(values.ok());
  const std::string message = MessageOf(ParseSettings(*values).status());
  EXPECT_THAT(message, HasSubstr("flag --redis-threads: 'redis.threads' is 'many'"));
  EXPECT_THAT(message, HasSubstr("'attempt_token_life' is '9h'"));
  EXPECT_THAT(message, HasSubstr("'insecure' is 'maybe'"));
  EXPECT_THAT(message, HasSubstr("belong together"));
}

ServerSettings ListeningOn(const std::string& address) {
  ServerSettings settings;
  settings.listen = address;
  return settings;
}

TEST(ExposureTest, BeyondLoopbackTlsAndCallersAreNeeded) {
  EXPECT_TRUE(CheckExposure(ListeningOn("127.0.0.1:7450")).ok());
  EXPECT_TRUE(CheckExposure(ListeningOn("unix:/run/latchkey")).ok());
  ServerSettings open = ListeningOn("0.0.0.0:7450");
  EXPECT_THAT(MessageOf(CheckExposure(open)), HasSubstr("tls.certificate"));
  open.tls_certificate = "cert";
  EXPECT_THAT(MessageOf(CheckExposure(open)), HasSubstr("api_keys"));
  open.api_keys = "keys";
  EXPECT_TRUE(CheckExposure(open).ok());
  ServerSettings told = ListeningOn("0.0.0.0:7450");
  told.insecure = true;
  EXPECT_TRUE(CheckExposure(told).ok());
}

TEST(CallersFileTest, KeysAndCertificatesAreRead) {
  const TextFile file(
      "- { name: shop, sha256: " + std::string(64, 'a') +
      ", roles: [reporter] }\n- { name: ann, common_name: ann@x, roles: [operator, viewer] }\n");
  const auto callers = ReadCallersFile(file.path(), "prod");
  ASSERT_TRUE(callers.ok()) << callers.status();
  ASSERT_EQ(callers->keys.size(), 1U);
  EXPECT_EQ(callers->keys.front().caller.name, "shop");
  EXPECT_TRUE(callers->keys.front().caller.roles.Contains(Role::kReporter));
  EXPECT_EQ(callers->certificates.size(), 1U);
  EXPECT_FALSE(callers->anonymous.has_value());
}

TEST(CallersFileTest, EveryMistakeIsSaidWithItsPlace) {
  const TextFile file(
      "- { name: shop, sha256: abc, roles: [reporter] }\n- { name: shop, roles: [king] }\n- { nam: x }\n");
  const std::string message = MessageOf(ReadCallersFile(file.path(), "prod").status());
  EXPECT_THAT(message, HasSubstr(":1:25: must be 64 hexadecimal digits"));
  EXPECT_THAT(message, HasSubstr("two callers are called 'shop'"));
  EXPECT_THAT(message, HasSubstr(":2:25: unknown role 'king'"));
  EXPECT_THAT(message, HasSubstr(":3:5: unknown key 'nam'"));
}

}  // namespace
}  // namespace latchkey
