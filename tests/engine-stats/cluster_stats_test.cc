#include "engine/stats/cluster_stats.h"

#include <gtest/gtest.h>

#include <random>

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr TimePoint kNow{hours(24 * 365 * 50)};
constexpr auto kMinute = TimeBuckets::kResolutions[1];

// Boards that all nodes of a test share; one that can be cut.
struct Boards {
  std::map<std::string, std::string> counts;
  std::map<std::string, std::string> lists;
  bool cut = false;
};

class FakeExchange final : public StatsExchange {
 public:
  explicit FakeExchange(Boards& boards) : boards_(boards) {}
  absl::StatusOr<std::vector<Line>> Swap(StatsBoard board, const std::string& node,
                                         const std::string& text) override {
    if (boards_.cut) return absl::UnavailableError("cut");
    auto& lines = board == StatsBoard::kCounts ? boards_.counts : boards_.lists;
    lines[node] = text;
    std::vector<Line> others;
    for (const auto& [name, line] : lines) {
      if (name != node) others.push_back({name, line});
    }
    return others;
  }

 private:
  Boards& boards_;
};

struct Node {
  Node(Boards& boards, const std::string& name) : exchange(boards), cluster(stats, &exchange, name) {}

  void Refuse(uint64_t account, int times = 1) {
    for (int i = 0; i < times; ++i) {
      stats.AddDecision({.decision_id = 1,
                         .at = kNow,
                         .action = Action::kChallenge,
                         .until = kNow + hours(1),
                         .rule = "stranger-guesses",
                         .tenant = "shop",
                         .path = "web",
                         .account = Key{0, account},
                         .network = Key{7, 0},
                         .source = account,
                         .asn = 64500});
    }
  }
  int64_t Counted() { return stats.Sum(kMinute, kNow - hours(1), kNow + hours(2)).All(); }

  DecisionStats stats{{}};
  FakeExchange exchange;
  ClusterStats cluster;
};

TEST(ClusterStatsTest, WithoutAnExchangeItIsOneNode) {
  DecisionStats stats({});
  ClusterStats alone(stats, nullptr, "one");
  EXPECT_TRUE(alone.Exchange(kNow).ok());
  EXPECT_EQ(alone.Nodes(kNow), 1);
  EXPECT_EQ(alone.TopOf(TopKind::kAccount, kNow).nodes, 1);
}

TEST(ClusterStatsTest, CountsOfAllNodesAreInTheSeriesOnceWhatCameBeforeIsNot) {
  Boards boards;
  Node one(boards, "one");
  one.Refuse(1, 5);
  ASSERT_TRUE(one.cluster.Exchange(kNow).ok());
  Node two(boards, "two");
  ASSERT_TRUE(two.cluster.Exchange(kNow).ok());
  EXPECT_EQ(two.Counted(), 0) << "what the first had counted before is history to the second";
  one.Refuse(1, 3);
  two.Refuse(1, 2);
  for (int i = 1; i <= 4; ++i) {
    ASSERT_TRUE(one.cluster.Exchange(kNow + seconds(i)).ok());
    ASSERT_TRUE(two.cluster.Exchange(kNow + seconds(i)).ok());
  }
  EXPECT_EQ(one.Counted(), 10);
  EXPECT_EQ(two.Counted(), 5);
  EXPECT_EQ(one.cluster.Nodes(kNow + seconds(4)), 2);
  const Counts sum = one.stats.Sum(kMinute, kNow, kNow + minutes(1));
  EXPECT_EQ(sum.rules.at(one.stats.rules().Intern("stranger-guesses")), 10);
  EXPECT_EQ(sum.tenants.at(one.stats.tenants().Intern("shop")).refused, 10);
}

TEST(ClusterStatsTest, ANodeThatStartsAnewCountsFromNothingAndOneThatIsGoneIsNoLongerCounted) {
  Boards boards;
  Node one(boards, "one");
  Node two(boards, "two");
  ASSERT_TRUE(one.cluster.Exchange(kNow).ok());
  two.Refuse(1, 4);
  ASSERT_TRUE(two.cluster.Exchange(kNow).ok());
  ASSERT_TRUE(one.cluster.Exchange(kNow + seconds(1)).ok());
  EXPECT_EQ(one.Counted(), 4) << "it was not there a second ago";
  boards.counts.erase("two");
  Node again(boards, "two-again");
  again.Refuse(1, 1);
  ASSERT_TRUE(again.cluster.Exchange(kNow + seconds(2)).ok());
  ASSERT_TRUE(one.cluster.Exchange(kNow + seconds(2)).ok());
  EXPECT_EQ(one.Counted(), 5);
  EXPECT_EQ(one.cluster.Nodes(kNow + seconds(2)), 3) << "who was heard a second ago";
  ASSERT_TRUE(one.cluster.Exchange(kNow + seconds(20)).ok());
  EXPECT_EQ(one.cluster.Nodes(kNow + seconds(20)), 2);
}

TEST(ClusterStatsTest, AStoreThatIsGoneLeavesANodeWithItsOwnAndNothingIsLostWhenItComesBack) {
  Boards boards;
  Node one(boards, "one");
  Node two(boards, "two");
  ASSERT_TRUE(two.cluster.Exchange(kNow).ok());
  ASSERT_TRUE(one.cluster.Exchange(kNow).ok());
  boards.cut = true;
  one.Refuse(1, 2);
  two.Refuse(1, 7);
  for (int i = 1; i < 60; ++i) EXPECT_FALSE(one.cluster.Exchange(kNow + seconds(i)).ok());
  EXPECT_EQ(one.Counted(), 2) << "its own go on";
  EXPECT_EQ(one.cluster.Nodes(kNow + seconds(59)), 1);
  boards.cut = false;
  ASSERT_TRUE(two.cluster.Exchange(kNow + seconds(60)).ok());
  ASSERT_TRUE(one.cluster.Exchange(kNow + seconds(60)).ok());
  EXPECT_EQ(one.Counted(), 9);
}

TEST(ClusterStatsTest, ListsAndRefusalsOfAllNodesAreMerged) {
  Boards boards;
  Node one(boards, "one");
  Node two(boards, "two");
  one.Refuse(1, 3);
  one.Refuse(2, 4);
  two.Refuse(1, 3);
  ASSERT_TRUE(one.cluster.Exchange(kNow).ok());
  ASSERT_TRUE(two.cluster.Exchange(kNow).ok());
  const ClusterStats::Top top = two.cluster.TopOf(TopKind::kAccount, kNow);
  EXPECT_EQ(top.nodes, 2);
  ASSERT_EQ(top.list.entries.size(), 2U);
  EXPECT_EQ(top.list.entries[0].key, (Key{0, 1})) << "on no node the first, and over all";
  EXPECT_EQ(top.list.entries[0].hits, 6);
  EXPECT_EQ(top.list.entries[0].error, 0);
  const ClusterStats::Refusals refusals = two.cluster.RefusalsAt(kNow);
  EXPECT_EQ(refusals.nodes, 2);
  ASSERT_EQ(refusals.list.size(), 2U);
  EXPECT_EQ(refusals.list[0].refused, 6);
  EXPECT_EQ(two.cluster.TopOf(TopKind::kAccount, kNow + seconds(16)).nodes, 1) << "not heard of for so long";
}

TEST(ClusterStatsTest, AMergedCountIsNeverTooLowAndTooHighByAtMostItsError) {
  std::mt19937_64 random(7);
  std::geometric_distribution<uint64_t> who(0.004);  // more accounts than a line or a list has room for
  Boards boards;
  Node one(boards, "one");
  Node two(boards, "two");
  std::map<uint64_t, int64_t> exact;
  for (int i = 0; i < 6000; ++i) {
    const uint64_t account = who(random);
    ++exact[account];
    (i % 3 == 0 ? one : two).Refuse(account);
    if (i % 500 == 0) {
      one.stats.Collect(kNow);
      two.stats.Collect(kNow);
    }
  }
  ASSERT_TRUE(one.cluster.Exchange(kNow).ok());
  ASSERT_TRUE(two.cluster.Exchange(kNow).ok());
  const TopList list = two.cluster.TopOf(TopKind::kAccount, kNow).list;
  ASSERT_GT(list.unlisted_max, 0);
  std::map<uint64_t, int64_t> missing = exact;
  for (const TopEntry& entry : list.entries) {
    EXPECT_GE(entry.hits, exact[entry.key.low]);
    EXPECT_LE(entry.hits - entry.error, exact[entry.key.low]);
    missing.erase(entry.key.low);
  }
  for (const auto& [account, hits] : missing) EXPECT_LE(hits, list.unlisted_max);
}

TEST(NodeLinesTest, DurationsThatHaveGoneRoundTheirCounterAreCountedAllTheSame) {
  Counts before;
  Counts now;
  before.decision_time[3] = UINT32_MAX - 1;
  now.decision_time[3] = 5;
  EXPECT_EQ(Difference(now, before).decision_time[3], 7U);
}

TEST(NodeLinesTest, WhatIsDamagedOrOfAnotherVersionIsNothing) {
  Boards boards;
  Node node(boards, "one");
  node.Refuse(1, 3);
  ASSERT_TRUE(node.cluster.Exchange(kNow).ok());
  DecisionStats reader({});
  for (const auto* board : {&boards.counts, &boards.lists}) {
    const std::string line = board->at("one");
    const auto reads = [&](const std::string& text) {
      return board == &boards.counts ? DecodeCounts(text, reader).has_value() : DecodeLists(text).has_value();
    };
    EXPECT_TRUE(reads(line));
    EXPECT_FALSE(reads(line + "x"));
    for (size_t size = 0; size < line.size(); ++size) EXPECT_FALSE(reads(line.substr(0, size)));
    std::mt19937_64 random(1);
    for (int i = 0; i < 20'000; ++i) {  // whatever it reads, it ends
      std::string spoiled = line;
      spoiled[random() % spoiled.size()] = static_cast<char>(random());
      static_cast<void>(reads(spoiled));
    }
  }
}

}  // namespace
}  // namespace latchkey
