// P3 over a whole service: two latchkeyd on one Redis admit, together, exactly the budget; what one node was
// told, the other knows.
#include "tests/integration/two_nodes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/redis_server.h"

namespace latchkey {
namespace {

struct OneRedis {
  RedisServer redis;
};

class TwoNodesTest : public testing::Test, private OneRedis, protected TwoNodes {
 protected:
  TwoNodesTest() : TwoNodes(redis.url()) {}
};

TEST_F(TwoNodesTest, AThousandConcurrentAttemptsGetExactlyTheBudget) {
  const Answers answers = AssessAllAtOnce(Copies(AttemptOn("victim")));
  EXPECT_EQ(answers.admitted, 25);
  EXPECT_EQ(answers.refused, kConcurrent - 25);
  EXPECT_THAT(answers.reasons, testing::ElementsAre("lanes.stranger"));
}

TEST_F(TwoNodesTest, AThousandAddressesAreNoWayAround) {
  std::vector<v1::AssessRequest> requests = Copies(AttemptOn("victim"));
  for (size_t i = 0; i < requests.size(); ++i)
    requests[i].set_source("10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250));
  EXPECT_EQ(AssessAllAtOnce(requests).admitted, 25);
}

TEST_F(TwoNodesTest, ADeviceThatOneNodeMintedHasOneBudgetOnBoth) {
  const Answers login = AssessAllAtOnce({AttemptOn("victim")});
  ASSERT_EQ(login.admitted, 1);
  v1::AssessRequest request = AttemptOn("victim");
  request.set_source("198.51.100.1");
  request.set_device_token(
      Report(1, login.admissions[0].attempt_token(), v1::OUTCOME_LOGIN_COMPLETE).device_token());
  int by_device = 0;
  for (const v1::AssessResponse& admitted : AssessAllAtOnce(Copies(request)).admissions)
    by_device += admitted.lane() == v1::LANE_DEVICE ? 1 : 0;
  EXPECT_EQ(by_device, 5);
}

TEST_F(TwoNodesTest, EachNodesStatisticsAreOfBoth) {
  for (int node = 0; node < 2; ++node) {
    const auto both = AwaitSummary(node, [](const auto& summary) { return summary.node_count() == 2; });
    ASSERT_EQ(both.node_count(), 2);
  }
  // Every other one to the other node.
  AssessAllAtOnce(std::vector<v1::AssessRequest>(60, AttemptOn("victim")));
  for (int node = 0; node < 2; ++node) {
    const auto summary = AwaitSummary(node, [](const auto& now) { return now.decisions() >= 60; });
    EXPECT_EQ(summary.decisions(), 60) << "of node " << node;
    EXPECT_EQ(summary.actions(0).count(), 25);
    ASSERT_EQ(summary.rules_size(), 1);
    EXPECT_EQ(summary.rules(0).count(), 35);
    EXPECT_EQ(summary.tenants(0).name(), "default");
  }
}

TEST_F(TwoNodesTest, AnAttackThatIsSpreadOverBothIsRecognisedAsOne) {
  AssessAllAtOnce(std::vector<v1::AssessRequest>(25, AttemptOn("victim")));
  // From here on every try is refused; 24 addresses are an attack, and either node is asked from 18.
  std::vector<v1::AssessRequest> tries(36, AttemptOn("victim"));
  for (size_t i = 0; i < tries.size(); ++i) tries[i].set_source("192.0.2." + std::to_string(i + 1));
  AssessAllAtOnce(tries);
  std::vector<v1::Incident> found;
  for (const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
       found.empty() && std::chrono::steady_clock::now() < give_up;
       std::this_thread::sleep_for(std::chrono::milliseconds(50))) {
    AssessAllAtOnce({tries[0], tries[1]});  // no new addresses
    found = Incidents(1);
  }
  ASSERT_EQ(found.size(), 1U) << "by 36 addresses";
  EXPECT_EQ(found[0].kind(), v1::ATTACK_KIND_DISTRIBUTED_GUESSING);
  EXPECT_GE(found[0].counts().distinct_sources(), 24);
}

TEST_F(TwoNodesTest, AnAttemptIsSettledOnceWhicheverNodeHearsOfIt) {
  const Answers answers = AssessAllAtOnce(Copies(AttemptOn("victim")));
  ASSERT_EQ(answers.admitted, 25);
  int settled = 0;
  for (int i = 0; i < 4; ++i) {
    const auto report = Report(i % 2, answers.admissions[0].attempt_token(), v1::OUTCOME_RIGHT);
    settled += report.settlement() == v1::ReportResponse::SETTLEMENT_SETTLED ? 1 : 0;
  }
  EXPECT_EQ(settled, 1);
  EXPECT_EQ(AssessAllAtOnce(Copies(AttemptOn("victim"))).admitted, 1) << "one place was given back, once";
}

}  // namespace
}  // namespace latchkey
