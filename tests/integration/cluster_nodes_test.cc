// P3 over a whole service on a Cluster whose slots move: two latchkeyd admit, together, exactly the budget.
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>

#include "absl/cleanup/cleanup.h"
#include "adapters/redis/hash_slot.h"
#include "tests/integration/two_nodes.h"
#include "tests/support/redis_cluster.h"

namespace latchkey {
namespace {

// A counter of the network, so that each attempt concerns two shards.
constexpr const char* kByAddress = R"(
rules:
  - id: one-address
    count: failures
    by: [source]
    from: [stranger]
    limits:
      - { above: 100000, in: 24h, then: challenge }
)";

TEST(ClusterNodesTest, AThousandConcurrentAttemptsGetExactlyTheBudgetWhileSlotsMove) {
  RedisCluster cluster;
  TwoNodes nodes(cluster.url(), kByAddress);
  std::atomic<bool> stop{false};
  std::atomic<int> moves{0};
  std::string trouble;
  std::thread mover([&] {
    try {
      // The slots of what is asked for, from node to node, a key at a time.
      for (size_t to = 0; !stop; to = (to + 1) % cluster.size()) {
        for (const std::string& key : cluster.Keys("lk:{*")) {
          cluster.MoveSlot(HashSlot(key), to, /*batch=*/1);
          ++moves;
        }
      }
    } catch (const std::runtime_error& error) {
      trouble = error.what();
    }
  });
  const absl::Cleanup end = [&] {
    stop = true;
    if (mover.joinable()) mover.join();
  };
  for (int round = 0; round < 3 || (moves < 20 && round < 20); ++round) {
    const Answers answers =
        nodes.AssessAllAtOnce(TwoNodes::Copies(TwoNodes::AttemptOn("victim-" + std::to_string(round))));
    EXPECT_EQ(answers.admitted, 25) << "round " << round;
    EXPECT_EQ(answers.refused, kConcurrent - 25);
    // Whoever reports, and wherever the slots are: once.
    int settled = 0;
    for (int i = 0; i < 4; ++i) {
      const auto report = nodes.Report(i % 2, answers.admissions.at(0).attempt_token(), v1::OUTCOME_RIGHT);
      settled += report.settlement() == v1::ReportResponse::SETTLEMENT_SETTLED ? 1 : 0;
    }
    EXPECT_EQ(settled, 1);
  }
  stop = true;
  mover.join();
  EXPECT_EQ(trouble, "");
  EXPECT_GE(moves, 20);
}

}  // namespace
}  // namespace latchkey
