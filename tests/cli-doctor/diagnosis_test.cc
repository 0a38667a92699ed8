#include "adapters/redis/diagnosis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// What a primary of deploy/redis says of itself.
ServerFacts Sound() {
  ServerFacts facts;
  facts.name = "redis:6379";
  facts.info = {
      {"redis_version", "7.0.15"}, {"maxmemory_policy", "noeviction"},
      {"maxmemory", "1000000000"}, {"used_memory", "1000000"},
      {"aof_enabled", "1"},        {"role", "master"},
      {"connected_slaves", "1"},   {"slave0", "ip=10.0.0.2,port=6379,state=online,offset=10,lag=1"}};
  facts.config = {{"appendfsync", "everysec"},
                  {"save", ""},
                  {"min-replicas-to-write", "1"},
                  {"min-replicas-max-lag", "3"}};
  facts.clock_ahead = Duration(3);
  facts.open_to_all = false;
  facts.refusals = 0;
  return facts;
}

std::vector<std::string> Checks(const ServerFacts& facts) {
  std::vector<std::string> checks;
  for (const StoreFinding& finding : Diagnose({facts}))
    checks.push_back(std::string(GravityWord(finding.severity)) + " " + finding.check);
  return checks;
}

TEST(DiagnosisTest, NothingIsWrongWithARedisAsDeployHasIt) { EXPECT_THAT(Checks(Sound()), IsEmpty()); }

TEST(DiagnosisTest, AClockThatIsOffIsARiskAndFarOffBreaksTokens) {
  ServerFacts facts = Sound();
  facts.clock_ahead = Duration(1000);
  EXPECT_THAT(Checks(facts), IsEmpty());
  facts.clock_ahead = Duration(-1001);
  EXPECT_THAT(Checks(facts), ElementsAre("risk clock"));
  facts.clock_ahead = Duration(30'001);
  EXPECT_THAT(Checks(facts), ElementsAre("broken clock"));
}

TEST(DiagnosisTest, AStoreOfAnotherEnvironmentIsBroken) {
  ServerFacts facts = Sound();
  facts.environment = "prod";
  EXPECT_THAT(Checks(facts), IsEmpty());
  facts.owner = "prod";
  EXPECT_THAT(Checks(facts), IsEmpty());
  facts.owner = "staging";
  EXPECT_THAT(Checks(facts), ElementsAre("broken stamp"));
}

TEST(DiagnosisTest, OldVersionsAreTold) {
  ServerFacts facts = Sound();
  facts.info["redis_version"] = "6.2.14";
  EXPECT_THAT(Checks(facts), ElementsAre("note version"));
  facts.info["redis_version"] = "6.0.16";
  EXPECT_THAT(Checks(facts), ElementsAre("broken version"));
}

TEST(DiagnosisTest, AReplicaThatIsBehindIsARisk) {
  ServerFacts facts = Sound();
  facts.info["slave0"] = "ip=10.0.0.2,port=6379,state=online,offset=10,lag=3";
  EXPECT_THAT(Checks(facts), IsEmpty());
  facts.info["slave0"] = "ip=10.0.0.2,port=6379,state=online,offset=10,lag=4";
  EXPECT_THAT(Checks(facts), ElementsAre("risk replica-lag"));
  facts.info["slave0"] = "ip=10.0.0.2,port=6379,state=wait_bgsave,offset=0,lag=0";
  EXPECT_THAT(Checks(facts), ElementsAre("risk replica-lag"));
}

TEST(DiagnosisTest, APrimaryThatGoesOnCountingAloneBreaksP2) {
  ServerFacts facts = Sound();
  facts.config["min-replicas-to-write"] = "0";
  EXPECT_THAT(Checks(facts), ElementsAre("broken min-replicas"));
}

TEST(DiagnosisTest, AClusterIsAskedAsAClusterAndServesAllSlots) {
  ServerFacts facts = Sound();
  facts.info["cluster_enabled"] = "1";
  EXPECT_THAT(Checks(facts), ElementsAre("broken cluster"));
  facts.asked_as_cluster = true;
  EXPECT_THAT(Checks(facts), IsEmpty());
  facts.cluster = {{"cluster_state", "fail"}, {"cluster_slots_ok", "10923"}};
  EXPECT_THAT(Checks(facts), ElementsAre("broken cluster", "broken cluster"));
}

TEST(DiagnosisTest, TheGravestComesFirst) {
  ServerFacts facts = Sound();
  facts.refusals = 2;
  facts.beyond = {"flushall"};
  facts.info["aof_last_write_status"] = "err";
  EXPECT_THAT(Checks(facts), ElementsAre("broken disk", "risk rights-beyond", "note refusals"));
}

}  // namespace
}  // namespace latchkey
