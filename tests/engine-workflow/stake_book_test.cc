#include "engine/workflow/stake_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/incident/memory_ledger.h"
#include "engine/workflow/dependencies.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"

namespace latchkey {
namespace {

using std::chrono::hours;

constexpr TimePoint kNow{hours(24 * 365 * 50)};

class SumHasher final : public KeyHasher {
 public:
  [[nodiscard]] Key Hash(std::string_view material) const override {
    return {std::hash<std::string_view>()(material), material.size()};
  }
};

Stake Bid(const std::string& account, Duration length = hours(1)) {
  Stake stake;
  stake.caller = "auction";
  stake.account_key = {0, std::hash<std::string>()(account)};
  stake.tenant = "default";
  stake.account = account;
  stake.workflow = "auction-17";
  stake.name = "bid";
  stake.end = kNow + length;
  return stake;
}

class StakeBookTest : public ::testing::Test {
 protected:
  struct Node {
    Node(Ledger& ledger, RandomSource& random, const KeyHasher& hasher, Stakes::Limits limits = {})
        : stakes(limits, random), node(ledger, {}, [] {}), book(stakes, node, hasher) {
      Look();
    }
    void Look() { ASSERT_TRUE(node.Round().ok()); }
    absl::StatusOr<Stake> Register(const Stake& stake) {
      absl::StatusOr<Stake> answer = absl::UnknownError("not answered");
      book.Register(stake, kNow, [&answer](auto registered) { answer = registered; });
      for (int i = 0; i < 4; ++i) Look();
      return answer;
    }
    Stakes stakes;
    NodeLedger node;
    StakeBook book;
  };

  FakeClock clock_{kNow};
  SeededRandom random_{7};
  SumHasher hasher_;
  MemoryLedger ledger_{{}, clock_, random_};
};

TEST_F(StakeBookTest, AStakeIsKnownOnAllNodesAndAfterARestart) {
  Node here(ledger_, random_, hasher_);
  Node there(ledger_, random_, hasher_);
  const auto stake = here.Register(Bid("alice"));
  ASSERT_TRUE(stake.ok()) << stake.status();
  EXPECT_TRUE(here.stakes.Any(stake->account_key, kNow));
  there.Look();
  EXPECT_TRUE(there.stakes.Has("auction", "auction-17", stake->account_key, kNow));
  Node next(ledger_, random_, hasher_);
  EXPECT_TRUE(next.stakes.Any(stake->account_key, kNow));
  EXPECT_EQ(next.Register(Bid("alice"))->id, stake->id);
  EXPECT_FALSE(next.stakes.Any(stake->account_key, kNow + hours(1)));
}

TEST_F(StakeBookTest, TheSameStakeOnTwoNodesInOneMomentIsOne) {
  Node here(ledger_, random_, hasher_);
  Node there(ledger_, random_, hasher_);
  absl::StatusOr<Stake> first = absl::UnknownError("not answered");
  absl::StatusOr<Stake> second = first;
  here.book.Register(Bid("alice"), kNow, [&](auto stake) { first = stake; });
  there.book.Register(Bid("alice", hours(2)), kNow, [&](auto stake) { second = stake; });
  for (int i = 0; i < 4; ++i) {
    here.Look();
    there.Look();
  }
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(first->id, second->id);
  EXPECT_EQ(here.stakes.Find("auction", first->id, kNow)->end, kNow + hours(2));
}

TEST_F(StakeBookTest, ExtendsAndReleasesOnlyWhatIsTheCallersAndOnlyOnce) {
  Node node(ledger_, random_, hasher_);
  const auto stake = node.Register(Bid("alice"));
  ASSERT_TRUE(stake.ok());
  absl::StatusOr<Stake> longer = absl::UnknownError("not answered");
  node.book.Extend("payout", stake->id, kNow + hours(3), kNow, [&](auto answer) { longer = answer; });
  EXPECT_EQ(longer.status().code(), absl::StatusCode::kNotFound);
  node.book.Extend("auction", stake->id, kNow + hours(3), kNow, [&](auto answer) { longer = answer; });
  node.Look();
  ASSERT_TRUE(longer.ok()) << longer.status();
  EXPECT_EQ(longer->end, kNow + hours(3));
  absl::StatusOr<bool> released = absl::UnknownError("not answered");
  node.book.Release("payout", stake->id, kNow, [&](auto answer) { released = answer; });
  EXPECT_EQ(released.value_or(true), false);
  node.book.Release("auction", stake->id, kNow, [&](auto answer) { released = answer; });
  node.Look();
  EXPECT_EQ(released.value_or(false), true);
  node.book.Release("auction", stake->id, kNow, [&](auto answer) { released = answer; });
  EXPECT_EQ(released.value_or(true), false);
  EXPECT_FALSE(node.stakes.Any(stake->account_key, kNow));
}

TEST_F(StakeBookTest, AMillionStakesOfOneCallerStopAtItsBoundEvenAllAtOnce) {
  Node node(ledger_, random_, hasher_, {.per_caller_max = 100});
  int taken = 0;
  int refused = 0;
  for (int i = 0; i < 1'000'000; ++i) {  // nobody looks at the ledger meanwhile
    Stake stake = Bid("alice");
    stake.account_key.low = static_cast<uint64_t>(i);
    node.book.Register(stake, kNow, [&](const absl::StatusOr<Stake>& answer) {
      ++(answer.ok() ? taken : refused);
      if (!answer.ok()) {
        EXPECT_EQ(answer.status().code(), absl::StatusCode::kResourceExhausted);
      }
    });
  }
  node.Look();
  EXPECT_EQ(taken, 100);
  EXPECT_EQ(refused, 999'900);
  Stake other = Bid("bob");
  other.caller = "payout";
  EXPECT_TRUE(node.Register(other).ok());
}

TEST_F(StakeBookTest, EndsThatCannotBeAreRefused) {
  Node node(ledger_, random_, hasher_);
  EXPECT_EQ(node.Register(Bid("alice", hours(24 * 365 * 100))).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(node.Register(Bid("alice", Duration(0))).status().code(), absl::StatusCode::kInvalidArgument);
  Stake never = Bid("alice");
  never.end = TimePoint::max();
  EXPECT_EQ(node.Register(never).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(StakeBookTest, BeforeTheLedgerWasReadNothingIsRegistered) {
  Stakes stakes({}, random_);
  NodeLedger unread(ledger_, {}, [] {});
  StakeBook book(stakes, unread, hasher_);
  absl::StatusOr<Stake> answer = absl::UnknownError("not answered");
  book.Register(Bid("alice"), kNow, [&](auto stake) { answer = stake; });
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(StakeBookTest, ReadsWhatItWrote) {
  Stake stake = Bid("alice");
  stake.id = "1";
  stake.on_lock = OnLock::kVoid;
  const auto read = DecodeStake(EncodeStake(stake));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->account, "alice");
  EXPECT_EQ(read->end, stake.end);
  EXPECT_EQ(read->on_lock, OnLock::kVoid);
  const std::string bytes = EncodeStake(stake);
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(DecodeStake(bytes.substr(0, size)));
}

}  // namespace
}  // namespace latchkey
