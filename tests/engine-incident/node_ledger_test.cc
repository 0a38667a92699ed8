#include "engine/incident/node_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "engine/incident/memory_ledger.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

// What is known, as id and bytes, and what was heard.
class Copy final : public BookCopy {
 public:
  void Load(const std::vector<LedgerEntry>& documents) override {
    known.clear();
    for (const LedgerEntry& document : documents) known[document.change.id] = document;
  }
  void Hear(const LedgerEntry& entry) override {
    heard.push_back(entry.change.bytes);
    if (entry.change.keep) {
      known[entry.change.id] = entry;
    } else {
      known.erase(entry.change.id);
    }
  }
  [[nodiscard]] std::vector<LedgerEntry> Held() const override {
    std::vector<LedgerEntry> held;
    for (const auto& [id, entry] : known) held.push_back(entry);
    return held;
  }
  std::map<std::string, LedgerEntry> known;
  std::vector<std::string> heard;
};

class NodeLedgerTest : public ::testing::Test {
 protected:
  static constexpr LedgerLimits kLimits{.documents_max = 100, .log_max = 5};

  struct Node {
    explicit Node(Ledger& ledger) : node(ledger, kLimits, [this] { ++wakes; }) {
      node.Add(Book::kStakes, copy);
    }
    int wakes = 0;
    Copy copy;
    NodeLedger node;
  };

  LedgerChange Change(std::string id, std::string bytes, uint64_t expected = 0) const {
    LedgerChange change;
    change.id = std::move(id);
    change.bytes = std::move(bytes);
    change.expected = expected;
    change.end = clock_.Now() + std::chrono::hours(1);
    return change;
  }
  // As somebody else does.
  LedgerPlace PutBelow(Ledger& ledger, LedgerChange change) {
    LedgerPlace at;
    ledger.Put(Book::kStakes, std::move(change), [&at](absl::StatusOr<LedgerPlace> place) {
      ASSERT_TRUE(place.ok()) << place.status();
      at = *place;
    });
    return at;
  }
  static std::vector<std::string> Read(const Node& node, LedgerPlace after) {
    const auto entries = node.node.ReadAfter(Book::kStakes, after, 100);
    if (!entries.ok()) return {std::string(absl::StatusCodeToString(entries.status().code()))};
    std::vector<std::string> all;
    for (const LedgerEntry& entry : *entries) all.push_back(entry.change.bytes);
    return all;
  }

  FakeClock clock_;
  SeededRandom random_{3};
  MemoryLedger ledger_{kLimits, clock_, random_};
};

TEST_F(NodeLedgerTest, WhatWasPutIsKnownHereBeforeItIsAnswered) {
  Node node(ledger_);
  ASSERT_TRUE(node.node.Round().ok());
  bool answered = false;
  node.node.Put(Book::kStakes, Change("a", "1"), [&](const absl::StatusOr<LedgerPlace>& place) {
    EXPECT_TRUE(place.ok());
    EXPECT_TRUE(node.copy.known.contains("a"));
    answered = true;
  });
  EXPECT_FALSE(answered);
  EXPECT_EQ(node.wakes, 1);
  ASSERT_TRUE(node.node.Round().ok());
  EXPECT_TRUE(answered);
}

TEST_F(NodeLedgerTest, WhatStoodInTheWayIsKnownBeforeItIsAnswered) {
  Node node(ledger_);
  ASSERT_TRUE(node.node.Round().ok());
  (void)PutBelow(ledger_, Change("a", "theirs"));
  bool answered = false;
  node.node.Put(Book::kStakes, Change("a", "mine"), [&](const absl::StatusOr<LedgerPlace>& place) {
    EXPECT_EQ(place.status().code(), absl::StatusCode::kAborted);
    EXPECT_EQ(node.copy.known["a"].change.bytes, "theirs");
    answered = true;
  });
  ASSERT_TRUE(node.node.Round().ok());
  EXPECT_TRUE(answered);
}

TEST_F(NodeLedgerTest, AFollowerReadsEveryChangeInOrderOverARestart) {
  Node first(ledger_);
  ASSERT_TRUE(first.node.Round().ok());
  const auto start = first.node.Latest(Book::kStakes);
  ASSERT_TRUE(start.ok());
  (void)PutBelow(ledger_, Change("a", "1"));
  const LedgerPlace second = PutBelow(ledger_, Change("b", "2"));
  ASSERT_TRUE(first.node.Round().ok());
  EXPECT_THAT(Read(first, *start), ElementsAre("1", "2"));
  (void)PutBelow(ledger_, Change("c", "3"));
  Node next(ledger_);
  EXPECT_THAT(Read(next, second), ElementsAre("UNAVAILABLE"));
  ASSERT_TRUE(next.node.Round().ok());
  EXPECT_THAT(Read(next, *start), ElementsAre("1", "2", "3"));
  EXPECT_THAT(Read(next, second), ElementsAre("3"));
}

TEST_F(NodeLedgerTest, ANodeThatFellFarBehindReadsAllAnew) {
  Node node(ledger_);
  ASSERT_TRUE(node.node.Round().ok());
  const LedgerPlace a = PutBelow(ledger_, Change("a", "1"));
  ASSERT_TRUE(node.node.Round().ok());
  LedgerChange gone = Change("a", "gone", a.position);
  gone.keep = false;
  (void)PutBelow(ledger_, gone);
  for (int i = 0; i < 9; ++i) (void)PutBelow(ledger_, Change("b" + std::to_string(i), "2"));
  ASSERT_TRUE(node.node.Round().ok());
  EXPECT_FALSE(node.copy.known.contains("a"));
  EXPECT_EQ(node.copy.known.size(), 9U);
  EXPECT_THAT(Read(node, a), ElementsAre("OUT_OF_RANGE"));
}

// A ledger that can be lost: wiped, or as it was before.
class LostLedger final : public Ledger {
 public:
  explicit LostLedger(Ledger* now) : now_(now) {}
  void Become(Ledger* other) { now_ = other; }
  void Put(Book book, LedgerChange change, Done done) override {
    now_->Put(book, std::move(change), std::move(done));
  }
  absl::StatusOr<std::vector<LedgerEntry>> ReadAfter(Book book, LedgerPlace after,
                                                     size_t count_max) override {
    return now_->ReadAfter(book, after, count_max);
  }
  absl::StatusOr<Ends> ReadEnds(Book book) override { return now_->ReadEnds(book); }
  absl::StatusOr<LedgerDocuments> ReadDocuments(Book book, const std::string& next) override {
    return now_->ReadDocuments(book, next);
  }

 private:
  Ledger* now_;
};

TEST_F(NodeLedgerTest, AWipedLedgerIsGivenBackWhatTheNodeKnowsAndFollowersReadOn) {
  LostLedger ledger(&ledger_);
  Node node(ledger);
  ASSERT_TRUE(node.node.Round().ok());
  (void)PutBelow(ledger, Change("a", "1"));
  const LedgerPlace b = PutBelow(ledger, Change("b", "2"));
  ASSERT_TRUE(node.node.Round().ok());

  MemoryLedger empty(kLimits, clock_, random_);
  ledger.Become(&empty);
  ASSERT_TRUE(node.node.Round().ok());  // notices, and gives back
  ASSERT_TRUE(node.node.Round().ok());
  const auto documents = empty.ReadDocuments(Book::kStakes, "");
  ASSERT_TRUE(documents.ok());
  EXPECT_EQ(documents->documents.size(), 2U);
  EXPECT_GT(documents->documents.front().place.position, b.position);
  const LedgerPlace c = PutBelow(ledger, Change("c", "3"));
  ASSERT_TRUE(node.node.Round().ok());
  EXPECT_EQ(c.position, b.position + 3);
  EXPECT_THAT(Read(node, b), ElementsAre("1", "2", "3"));  // those given back are told once more
}

TEST_F(NodeLedgerTest, WhatIsPutBeforeAWipeIsNoticedComesAboveWhatWasHeard) {
  LostLedger ledger(&ledger_);
  Node node(ledger);
  ASSERT_TRUE(node.node.Round().ok());
  LedgerChange gone = Change("a", "2", PutBelow(ledger, Change("a", "1")).position);
  gone.keep = false;  // nothing is held: nothing is given back
  const LedgerPlace last = PutBelow(ledger, gone);
  ASSERT_TRUE(node.node.Round().ok());
  MemoryLedger empty(kLimits, clock_, random_);
  ledger.Become(&empty);
  node.node.Put(Book::kStakes, Change("b", "3"),
                [](const absl::StatusOr<LedgerPlace>& place) { EXPECT_TRUE(place.ok()) << place.status(); });
  ASSERT_TRUE(node.node.Round().ok());
  EXPECT_THAT(Read(node, last), ElementsAre("3"));
}

TEST_F(NodeLedgerTest, ALedgerThatWentBackIsGivenTheLatest) {
  LostLedger ledger(&ledger_);
  Node node(ledger);
  ASSERT_TRUE(node.node.Round().ok());
  MemoryLedger before(kLimits, clock_, random_);
  const LedgerPlace old = PutBelow(before, Change("a", "old"));
  const LedgerPlace first = PutBelow(ledger, Change("a", "old"));
  (void)PutBelow(ledger, Change("a", "new", first.position));
  ASSERT_TRUE(node.node.Round().ok());
  ASSERT_LT(old.position, node.copy.known["a"].place.position);
  ledger.Become(&before);
  ASSERT_TRUE(node.node.Round().ok());
  ASSERT_TRUE(node.node.Round().ok());
  const auto documents = before.ReadDocuments(Book::kStakes, "");
  ASSERT_TRUE(documents.ok());
  ASSERT_EQ(documents->documents.size(), 1U);
  EXPECT_EQ(documents->documents.front().change.bytes, "new");
}

TEST_F(NodeLedgerTest, AnsweredEvenWhenNobodyLooksAnyMore) {
  Node node(ledger_);
  bool answered = false;
  node.node.Put(Book::kStakes, Change("a", "1"),
                [&](const absl::StatusOr<LedgerPlace>& place) { answered = place.ok(); });
  node.node.Stop();
  EXPECT_TRUE(answered);
}

}  // namespace
}  // namespace latchkey
