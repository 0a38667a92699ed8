// `latchkey doctor` on real servers: sound ones, and each with a fault planted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <sstream>
#include <thread>

#include "cli/run.h"
#include "nlohmann/json.hpp"
#include "tests/support/deployed_redis.h"

namespace latchkey {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

struct Seen {
  cli::ExitCode code;
  std::vector<std::string> checks;  // "broken eviction"
  std::string out, err;
};

Seen Doctor(const std::string& url, const std::string& inspector = "",
            const std::string& environment = "default") {
  std::istringstream in;
  std::ostringstream out, err;
  std::vector<std::string> arguments = {"doctor", "--store", url, "--environment", environment, "-o", "json"};
  if (!inspector.empty()) arguments.insert(arguments.end(), {"--inspector", inspector});
  Seen seen{.code = cli::Run(arguments, {in, out, err}), .checks = {}, .out = out.str(), .err = err.str()};
  if (seen.out.empty()) return seen;
  const auto json = nlohmann::json::parse(seen.out);
  for (const auto& each : json["findings"])
    seen.checks.push_back(each["severity"].get<std::string>() + " " + each["check"].get<std::string>());
  return seen;
}

Seen Doctor(RedisServer& redis) { return Doctor(redis.url(), redis.url("latchkey-doctor")); }

TEST(DoctorTest, FindsNothingOnARedisAsDeployHasIt) {
  DeployedRedis redis;
  const Seen seen = Doctor(redis.primary());
  EXPECT_EQ(seen.code, cli::ExitCode::kOk) << seen.err;
  EXPECT_THAT(seen.checks, IsEmpty()) << seen.out;
}

TEST(DoctorTest, FindsWhatWasPlantedAndSaysThePromiseAndTheMend) {
  DeployedRedis redis;
  RedisServer& primary = redis.primary();
  const auto planted = [&](const std::string& setting, const std::string& value) {
    const std::string before = primary.Command({"CONFIG", "GET", setting}).substr(setting.size() + 1);
    primary.Command({"CONFIG", "SET", setting, value});
    const Seen seen = Doctor(primary);
    primary.Command({"CONFIG", "SET", setting, before});
    return seen;
  };
  const Seen evicting = planted("maxmemory-policy", "allkeys-lru");
  EXPECT_EQ(evicting.code, cli::ExitCode::kError);
  EXPECT_THAT(evicting.checks, ElementsAre("broken eviction"));
  EXPECT_THAT(evicting.out, AllOf(HasSubstr("\"P2\""), HasSubstr("CONFIG SET maxmemory-policy noeviction")));
  EXPECT_THAT(planted("maxmemory", "0").checks, ElementsAre("broken memory-cap"));
  EXPECT_THAT(planted("maxmemory", "1500000").checks, Contains("risk memory-full"));
  EXPECT_THAT(planted("appendfsync", "no").checks, ElementsAre("broken fsync"));
  EXPECT_THAT(planted("appendfsync", "always").checks, ElementsAre("note fsync"));
  EXPECT_THAT(planted("appendonly", "no").checks, ElementsAre("broken persistence"));
  EXPECT_THAT(planted("min-replicas-to-write", "0").checks, ElementsAre("broken min-replicas"));
  EXPECT_THAT(planted("min-replicas-max-lag", "60").checks, ElementsAre("risk min-replicas"));

  const Seen replica = Doctor(redis.replica());
  EXPECT_EQ(replica.code, cli::ExitCode::kError);
  EXPECT_THAT(replica.checks, Contains("broken role"));

  redis.replica().Freeze();
  Seen lagging;
  for (int i = 0; i < 40 && lagging.checks.empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    lagging = Doctor(primary);
  }
  redis.replica().Thaw();
  EXPECT_THAT(lagging.checks, ElementsAre("risk replica-lag")) << lagging.out;
}

TEST(DoctorTest, FindsRightsThatAreMissingAndThoseBeyondTheNeed) {
  RedisServer redis;
  redis.Command({"ACL", "SETUSER", "latchkey", "-xadd", "-evalsha"});
  const Seen missing = Doctor(redis);
  EXPECT_THAT(missing.checks, Contains("broken rights-missing"));
  EXPECT_THAT(missing.out, HasSubstr("may not: evalsha, xadd"));
  redis.Command({"ACL", "LOG", "RESET"});

  redis.Command({"ACL", "SETUSER", "latchkey", "+xadd", "+evalsha", "+flushall", "allkeys"});
  const Seen beyond = Doctor(redis);
  EXPECT_THAT(beyond.checks, AllOf(Contains("risk rights-beyond"), Not(Contains("note refusals"))));
  EXPECT_THAT(beyond.out, HasSubstr("also may: flushall, keys of others"));
  redis.Command({"ACL", "SETUSER", "latchkey", "-flushall", "resetkeys", "~lk:{prod:*"});

  const Seen foreign = Doctor(redis.url(), redis.url("latchkey-doctor"), "staging");
  EXPECT_THAT(foreign.checks, Contains("broken rights-missing")) << "another environment's user";
  redis.Command({"ACL", "LOG", "RESET"});
}

TEST(DoctorTest, WithoutAnInspectorItSeesLessAndSaysSo) {
  RedisServer redis;
  const Seen seen = Doctor(redis.url());
  EXPECT_THAT(seen.checks, UnorderedElementsAre("broken memory-cap", "broken persistence", "risk replicas",
                                                "note unseen"));
  EXPECT_THAT(redis.Command({"ACL", "LOG"}), HasSubstr("latchkey-doctor"))
      << "who asks for more leaves a line";
  redis.Command({"ACL", "LOG", "RESET"});

  RedisServer open{RedisServer::Unlimited()};
  const Seen naked = Doctor(open.url(), open.url());
  EXPECT_THAT(naked.checks, AllOf(Contains("risk rights-beyond"), Contains("risk open")));
  EXPECT_EQ(open.Command({"DBSIZE"}), "0") << "the doctor leaves nothing behind";
}

TEST(DoctorTest, FindsAStoreOfAnotherEnvironment) {
  RedisServer redis;
  // What an engine of "prod" leaves there: MessagePack of { 1, "prod", "id", 1 }.
  redis.Command({"SET", "lk:{stamp}", "\x94\x01\xa4prod\xa2id\x01"});
  EXPECT_THAT(Doctor(redis.url(), redis.url("latchkey-doctor"), "prod").checks,
              Not(Contains("broken stamp")));
  const Seen foreign = Doctor(redis.url(), redis.url("latchkey-doctor"), "staging");
  EXPECT_THAT(foreign.checks, Contains("broken stamp"));
  EXPECT_THAT(foreign.out, HasSubstr("belongs to environment 'prod', not to 'staging'"));
}

TEST(DoctorTest, SaysWhenItCannotAsk) {
  RedisServer redis;
  const std::string stranger = "redis://latchkey:wrong@127.0.0.1:" + std::to_string(redis.port());
  EXPECT_EQ(Doctor(stranger).code, cli::ExitCode::kDenied);
  redis.Command({"ACL", "LOG", "RESET"});
  const std::string url = redis.url();
  redis.Stop();
  std::istringstream in;
  std::ostringstream out, err;
  EXPECT_EQ(cli::Run({"doctor", "--store", url, "--timeout", "200ms"}, {in, out, err}),
            cli::ExitCode::kUnavailable);
  EXPECT_THAT(err.str(), AllOf(HasSubstr("refused"), Not(HasSubstr("test@"))));
}

TEST(DoctorTest, ANodeOfAClusterIsNoSingleServer) {
  RedisServer::Options options;
  options.arguments = {"--cluster-enabled", "yes"};
  RedisServer node(options);
  EXPECT_THAT(Doctor(node.url(), node.url("latchkey-doctor")).checks, Contains("broken cluster"));
}

}  // namespace
}  // namespace latchkey
