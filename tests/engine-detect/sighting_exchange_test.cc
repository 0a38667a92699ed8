// Nodes that tell each other what they see.
#include "engine/detect/sighting_exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/engine-detect/watcher_parts.h"
#include "tests/support/policy_builder.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::SizeIs;

TEST(SightingTest, IsReadAsItWasWritten) {
  Sighting full{.kind = Sighting::Kind::kTokenTry,
                .account = {~uint64_t{0}, 1},
                .network = {2, ~uint64_t{0}},
                .source = {3, 4},
                .at = TimePoint(hours(1)),
                .decision = ~uint64_t{0} >> 1U,
                .lane = Lane::kDevice,
                .tenant = ~uint64_t{0},
                .tenant_name = "shop",
                .answered = Action::kThrottle,
                .unknown = true,
                .solved = true,
                .popular = true,
                .near = true,
                .account_tag = uint16_t{0},
                .tenant_tag = uint16_t{0xFFFF},
                .until = TimePoint(hours(2)),
                .account_name = "shop/alice",
                .source_name = "192.0.2.7"};
  const std::vector<Sighting> all = {full, Sighting{}};
  const std::string bytes = EncodeSightings(all);
  EXPECT_EQ(DecodeSightings(bytes), all);
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(DecodeSightings(bytes.substr(0, size)), std::nullopt) << size;
  EXPECT_EQ(DecodeSightings(bytes + '\0'), std::nullopt);
}

class SharedBoard final : public StatsExchange {
 public:
  absl::StatusOr<std::vector<Line>> Swap(StatsBoard board, const std::string& node,
                                         const std::string& text) override {
    EXPECT_EQ(board, StatsBoard::kSightings);
    if (away) return absl::UnavailableError("away");
    lines[node] = text;
    std::vector<Line> others;
    for (const auto& [name, line] : lines) {
      if (name != node) others.push_back({name, line});
    }
    return others;
  }
  std::map<std::string, std::string> lines;
  bool away = false;
};

class SightingExchangeTest : public testing::Test {
 protected:
  struct Node {
    Node(SightingExchangeTest& test, const std::string& name)
        : watcher(
              {.policies = test.policies_, .stakes = test.bids_, .sealer = test.sealer_, .sink = findings},
              {.accounts = 1024, .sources = 1024, .places = 1024, .notes = 1024, .show_names = true}),
          exchange({watcher, test.board_, test.sealer_}, name) {}
    Findings findings;
    AttackWatcher watcher;
    SightingExchange exchange;
  };
  SightingExchangeTest() {
    for (Node* node : {&a_, &b_}) EXPECT_TRUE(node->exchange.Exchange(now_).ok());
  }

  // Somebody tries another password; `asked` answers, `told` hears how it ended.
  void Try(Node& asked, Node& told, const std::string& account, const std::string& source,
           Outcome outcome = Outcome::kWrong) {
    Facts facts;
    facts.account = KeyOf(account);
    facts.network = KeyOf(source.substr(0, source.rfind('.')));
    facts.source = KeyOf(source).Short();
    facts.tenant = 5;
    facts.account_tag = facts.tenant_tag = ++tag_;
    AttemptFields fields;
    fields.account = account;
    fields.source = source;
    Decision decision;
    decision.id = next_id_ += 0x9E37'79B9'7F4A'7C15ULL >> 1U;
    decision.at = now_;
    decision.verdict.lane = Lane::kStranger;
    asked.watcher.OnDecision(*Attempt::Create(std::move(fields)), facts, decision);
    AttemptToken token;
    token.account = facts.account;
    token.network = facts.network;
    token.source = facts.source;
    token.lane = Lane::kStranger;
    token.tag = facts.account_tag;
    token.decision = decision.id;
    told.watcher.OnReport(token, outcome, now_);
    now_ += milliseconds(100);
  }
  void Second() {
    now_ += seconds(1);
    for (Node* node : {&a_, &b_}) (void)node->exchange.Exchange(now_);
  }
  static int64_t Guesses(const Node& node) {
    const Finding* finding = node.findings.Last(AttackKind::kTargetedGuessing);
    return finding == nullptr ? 0 : finding->failures;
  }

  TimePoint now_{hours(24 * 365 * 50)};
  uint16_t tag_ = 0;
  uint64_t next_id_ = 1;
  PolicyHolder policies_{MustCompile(StorefrontSpec())};
  OpenSealer sealer_;
  Bids bids_;
  SharedBoard board_;
  Node a_{*this, "a"};
  Node b_{*this, "b"};
};

TEST_F(SightingExchangeTest, AnAttackThatIsSpreadOverNodesIsSeenByEach) {
  for (int i = 0; i < 24; ++i) {
    Node& node = i % 2 == 0 ? a_ : b_;
    Try(node, node, "alice", "203.0.113.9");
    Second();
  }
  EXPECT_GE(Guesses(a_), 20);
  EXPECT_GE(Guesses(b_), 20);
  EXPECT_LE(std::max(Guesses(a_), Guesses(b_)), 24) << "nothing is counted twice";
}

TEST_F(SightingExchangeTest, WithoutTheExchangeEachSeesItsOwnShare) {
  board_.away = true;
  for (int i = 0; i < 38; ++i) {
    Node& node = i % 2 == 0 ? a_ : b_;
    Try(node, node, "alice", "203.0.113.9");
    Second();
  }
  EXPECT_EQ(Guesses(a_) + Guesses(b_), 0) << "nineteen each";
}

TEST_F(SightingExchangeTest, AReportThatReachesAnotherNodeIsCountedOnceWithItsTags) {
  for (int i = 0; i < 24; ++i) {
    tag_ = 6;  // the same password
    Try(a_, b_, absl::StrCat("user", i), absl::StrCat("203.0.", i, ".9"));
    Second();
    Second();
  }
  Second();
  const Finding* finding = a_.findings.Last(AttackKind::kPasswordSpray);
  ASSERT_NE(finding, nullptr) << "tags are known to the node alone that was asked";
  EXPECT_LE(finding->failures, 24);
  EXPECT_EQ(finding->tenant, "default") << "which no report says";
}

TEST_F(SightingExchangeTest, AReportThatNobodyElseKnowsIsCountedInTheEnd) {
  Node gone(*this, "gone");
  for (int i = 0; i < 24; ++i) Try(gone, a_, "alice", "203.0.113.9");
  for (int i = 0; i < 3; ++i) Second();
  EXPECT_EQ(Guesses(a_), 0);
  for (int i = 0; i < 4; ++i) Second();
  EXPECT_GE(Guesses(a_), 20);
}

TEST_F(SightingExchangeTest, ARoundThatIsLateMissesNothing) {
  for (int i = 0; i < 24; ++i) {
    Try(a_, a_, "alice", "203.0.113.9");
    now_ += milliseconds(200);
    EXPECT_TRUE(a_.exchange.Exchange(now_).ok());
    if (i % 8 == 7) {
      EXPECT_TRUE(b_.exchange.Exchange(now_).ok());
    }
  }
  Try(b_, b_, "alice", "203.0.113.9");
  EXPECT_EQ(Guesses(b_), 25);
}

TEST_F(SightingExchangeTest, WhereManyLogInIsKnownToAllNodes) {
  bids_.Add(KeyOf("alice"), "alice", "auction-17", now_ + hours(1));
  for (const char* rival : {"bob", "carol"}) bids_.Add(KeyOf(rival), rival, "auction-17", now_ + hours(1));
  // Two rivals live behind one address; each logs in at another node.
  Try(a_, a_, "bob", "203.0.113.9", Outcome::kLoginComplete);
  Try(b_, b_, "carol", "203.0.113.9", Outcome::kLoginComplete);
  Second();
  Second();
  for (int i = 0; i < 40; ++i) Try(a_, a_, "alice", "203.0.113.9");
  a_.watcher.Tick(now_);
  const Finding* finding = a_.findings.Last(AttackKind::kLockoutSabotage);
  if (finding == nullptr) finding = a_.findings.Last(AttackKind::kTargetedGuessing);
  ASSERT_NE(finding, nullptr);
  EXPECT_THAT(finding->suspects, SizeIs(0)) << "of two that are tied alike, neither";
}

TEST_F(SightingExchangeTest, AFloodIsToldInPartAndCostsNoMore) {
  for (int i = 0; i < 5000; ++i) Try(a_, a_, absl::StrCat("user", i), "203.0.113.9");
  Second();
  EXPECT_LE(board_.lines["a"].size(), SightingExchange::kEachSecondMax * 400);
  EXPECT_GT(board_.lines["a"].size(), SightingExchange::kEachSecondMax / 2 * 50);
  for (int i = 0; i < 7; ++i) Second();
  EXPECT_EQ(board_.lines["a"], "") << "and is told for three seconds";
}

TEST_F(SightingExchangeTest, WhatIsTooMuchToTellIsCounted) {
  constexpr uint64_t kMost = SightingExchange::kEachSecondMax;
  for (int i = 0; i < 2; ++i) Second();  // Each has heard of the other, and tells half.
  for (uint64_t i = 0; i < kMost / 2; ++i) Try(a_, a_, absl::StrCat("user", i), "203.0.113.9");
  EXPECT_EQ(a_.watcher.sightings_dropped(), 0U) << "the last one that has room";
  for (int i = 0; i < 3; ++i) Try(a_, a_, "alice", "203.0.113.9");
  EXPECT_EQ(a_.watcher.sightings_dropped(), 3U);
  Second();
  Try(a_, a_, "alice", "203.0.113.9");
  EXPECT_EQ(a_.watcher.sightings_dropped(), 3U) << "there is room again";
  EXPECT_EQ(b_.watcher.sightings_dropped(), 0U);
}

TEST_F(SightingExchangeTest, WhatNobodyWantsToHearIsNotCountedAsDropped) {
  board_.away = true;
  Second();
  for (int i = 0; i < 24; ++i) Try(a_, a_, "alice", "203.0.113.9");
  EXPECT_EQ(a_.watcher.sightings_dropped(), 0U);
}

TEST(SightingBoxTest, CountsWhatFindsItFullAndNothingWhileItIsClosed) {
  SightingBox box;
  EXPECT_FALSE(box.HasRoom());
  EXPECT_FALSE(box.Put({}));
  EXPECT_EQ(box.dropped(), 0U);
  box.Open(2);
  EXPECT_TRUE(box.HasRoom());
  EXPECT_TRUE(box.Put({}));
  EXPECT_TRUE(box.HasRoom());
  EXPECT_TRUE(box.Put({}));
  EXPECT_FALSE(box.HasRoom());
  EXPECT_FALSE(box.Put({})) << "another thread was faster";
  EXPECT_EQ(box.dropped(), 2U);
  EXPECT_THAT(box.Take(), SizeIs(2));
  EXPECT_TRUE(box.HasRoom());
  EXPECT_TRUE(box.Put({}));
  box.Open(0);
  EXPECT_FALSE(box.HasRoom());
  EXPECT_EQ(box.dropped(), 2U);
}

TEST_F(SightingExchangeTest, WhatNobodyHasToldIsNotHeard) {
  for (int i = 0; i < 24; ++i) Try(a_, a_, "alice", "203.0.113.9");
  Second();
  const std::string told = board_.lines["a"];
  Node c(*this, "c");
  for (const char* line :
       {"", "1", "1 ", " ", "x y z", "1 9 short", "1 99999999999999999999 z", "1 3 abc2 3 def"}) {
    board_.lines = {{"mallory", line}};
    EXPECT_TRUE(c.exchange.Exchange(now_).ok()) << line;
  }
  // What another node has told, told again as one's own.
  board_.lines = {{"mallory", told}};
  EXPECT_TRUE(c.exchange.Exchange(now_).ok());
  Try(c, c, "alice", "203.0.113.9");
  EXPECT_EQ(Guesses(c), 0);
  board_.lines = {{"a", told}};
  EXPECT_TRUE(c.exchange.Exchange(now_).ok());
  Try(c, c, "alice", "203.0.113.9");
  EXPECT_EQ(Guesses(c), 26) << "by who has told it, it is";
}

}  // namespace
}  // namespace latchkey
