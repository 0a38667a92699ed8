#include "engine/workflow/stakes.h"

#include <gtest/gtest.h>

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr TimePoint kNow{hours(24 * 365 * 50)};

class CountingRandom final : public RandomSource {
 public:
  uint64_t Next() override { return ++next_; }

 private:
  uint64_t next_ = 0;
};

Stake Bid(std::string caller, uint64_t account, std::string workflow, TimePoint end) {
  Stake stake;
  stake.caller = std::move(caller);
  stake.account_key = Key{0, account};
  stake.account = "account-" + std::to_string(account);
  stake.workflow = std::move(workflow);
  stake.end = end;
  return stake;
}

class StakesTest : public ::testing::Test {
 protected:
  CountingRandom random_;
  Stakes stakes_{{.per_caller_max = 3, .per_account_max = 2, .total_max = 4}, random_};
};

TEST_F(StakesTest, AStakeHoldsUntilItsEndAndNoLonger) {
  ASSERT_TRUE(stakes_.Register(Bid("auction", 1, "auction-17", kNow + hours(1)), kNow).ok());
  EXPECT_TRUE(stakes_.Any(Key{0, 1}, kNow + minutes(59)));
  EXPECT_FALSE(stakes_.Any(Key{0, 1}, kNow + hours(1)));
}

TEST_F(StakesTest, AnAccountHasOneUntilTheLastOfThemIsGone) {
  const auto early = stakes_.Register(Bid("auction", 1, "auction-17", kNow + hours(1)), kNow);
  const auto late = stakes_.Register(Bid("payouts", 1, "payout-4", kNow + hours(3)), kNow);
  ASSERT_TRUE(early.ok() && late.ok());
  EXPECT_TRUE(stakes_.Any(Key{0, 1}, kNow + hours(2)));
  EXPECT_FALSE(stakes_.Any(Key{0, 65}, kNow)) << "in the same part";
  ASSERT_TRUE(stakes_.Release("payouts", late->id, kNow));
  EXPECT_TRUE(stakes_.Any(Key{0, 1}, kNow));
  EXPECT_FALSE(stakes_.Any(Key{0, 1}, kNow + hours(1)));
  ASSERT_TRUE(stakes_.Extend("auction", early->id, kNow + hours(2), kNow).ok());
  EXPECT_TRUE(stakes_.Any(Key{0, 1}, kNow + hours(1)));
  stakes_.Clear();
  EXPECT_FALSE(stakes_.Any(Key{0, 1}, kNow));
}

TEST_F(StakesTest, CountsWhatIsInOneWorkflow) {
  const Stake mine = Bid("auction", 1, "auction-17", kNow + hours(1));
  EXPECT_EQ(stakes_.CountBeside(mine), 0);
  const auto stake = stakes_.Register(mine, kNow);
  ASSERT_TRUE(stake.ok());
  ASSERT_TRUE(stakes_.Register(mine, kNow).ok()) << "the same again";
  ASSERT_TRUE(stakes_.Register(Bid("auction", 2, "auction-17", kNow + hours(1)), kNow).ok());
  ASSERT_TRUE(stakes_.Register(Bid("auction", 2, "auction-18", kNow + hours(1)), kNow).ok());
  EXPECT_EQ(stakes_.CountBeside(mine), 2);
  stakes_.Release("auction", stake->id, kNow);
  EXPECT_EQ(stakes_.CountBeside(mine), 1);
  stakes_.Advance(kNow + hours(1));
  EXPECT_EQ(stakes_.CountBeside(mine), 0);
}

TEST_F(StakesTest, WhatHasEndedIsLetGoOfByAdvancing) {
  const auto stake = stakes_.Register(Bid("auction", 1, "auction-17", kNow + hours(1)), kNow);
  ASSERT_TRUE(stake.ok());
  stakes_.Advance(kNow + hours(1) - minutes(1));
  EXPECT_TRUE(stakes_.Knows(stake->id));
  stakes_.Advance(kNow + hours(1));
  EXPECT_FALSE(stakes_.Knows(stake->id));
}

TEST_F(StakesTest, RegisteringTwiceIsOneStakeWithTheLaterEnd) {
  const auto first = stakes_.Register(Bid("auction", 1, "auction-17", kNow + hours(2)), kNow);
  const auto second = stakes_.Register(Bid("auction", 1, "auction-17", kNow + hours(1)), kNow);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->id, second->id);
  EXPECT_EQ(second->end, kNow + hours(2));
}

TEST_F(StakesTest, AbsurdEndsAreRefusedNamingTheField) {
  for (const TimePoint end :
       {kNow, kNow - hours(1), kNow + hours(24 * 91), TimePoint::max(), TimePoint::min()}) {
    const auto refused = stakes_.Register(Bid("auction", 1, "auction-17", end), kNow);
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(refused.status().message().substr(0, 8), "end_time");
  }
  EXPECT_FALSE(stakes_.Any(Key{0, 1}, kNow));
}

TEST_F(StakesTest, ExtendingNeverShortens) {
  const auto stake = stakes_.Register(Bid("auction", 1, "auction-17", kNow + hours(2)), kNow);
  ASSERT_TRUE(stake.ok());
  EXPECT_EQ(stakes_.Extend("auction", stake->id, kNow + hours(1), kNow)->end, kNow + hours(2));
  EXPECT_EQ(stakes_.Extend("auction", stake->id, kNow + hours(3), kNow)->end, kNow + hours(3));
}

TEST_F(StakesTest, ACallerSeesAndChangesOnlyItsOwn) {
  const auto stake = stakes_.Register(Bid("auction", 1, "auction-17", kNow + hours(2)), kNow);
  ASSERT_TRUE(stake.ok());
  EXPECT_FALSE(stakes_.Release("payout", stake->id, kNow));
  EXPECT_EQ(stakes_.Extend("payout", stake->id, kNow + hours(3), kNow).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_TRUE(stakes_.List("payout", "", 10, "", kNow)->stakes.empty());
  EXPECT_FALSE(stakes_.Has("payout", "", Key{0, 1}, kNow));
  EXPECT_TRUE(stakes_.Has("auction", "auction-17", Key{0, 1}, kNow));
  EXPECT_FALSE(stakes_.Has("auction", "auction-18", Key{0, 1}, kNow));
  EXPECT_TRUE(stakes_.Release("auction", stake->id, kNow));
  EXPECT_FALSE(stakes_.Release("auction", stake->id, kNow));
}

TEST_F(StakesTest, BoundsHoldPerAccountPerCallerAndInTotal) {
  const auto code = [&](std::string caller, uint64_t account, std::string workflow) {
    return stakes_.Register(Bid(std::move(caller), account, std::move(workflow), kNow + hours(1)), kNow)
        .status()
        .code();
  };
  EXPECT_EQ(code("auction", 1, "a"), absl::StatusCode::kOk);
  EXPECT_EQ(code("auction", 1, "b"), absl::StatusCode::kOk);
  EXPECT_EQ(code("auction", 1, "c"), absl::StatusCode::kResourceExhausted);  // the account
  EXPECT_EQ(code("auction", 2, "a"), absl::StatusCode::kOk);
  EXPECT_EQ(code("auction", 3, "a"), absl::StatusCode::kResourceExhausted);  // the caller
  EXPECT_EQ(code("payout", 3, "a"), absl::StatusCode::kOk);
  EXPECT_EQ(code("payout", 4, "a"), absl::StatusCode::kResourceExhausted);  // the whole
  EXPECT_EQ(stakes_.Register(Bid("payout", 4, "a", kNow + hours(3)), kNow + hours(1)).status().code(),
            absl::StatusCode::kOk);  // what has ended makes room
}

TEST_F(StakesTest, WhatIsAtStakeForAnAccountIsToldWhoeverRegisteredItUntilItEnds) {
  ASSERT_TRUE(stakes_.Register(Bid("auction", 1, "auction-17", kNow + hours(2)), kNow).ok());
  ASSERT_TRUE(stakes_.Register(Bid("payout", 1, "payouts", kNow + hours(1)), kNow + minutes(1)).ok());
  ASSERT_TRUE(stakes_.Register(Bid("auction", 2, "auction-17", kNow + hours(2)), kNow).ok());
  const std::vector<Stake> both = stakes_.Of(Key{0, 1}, kNow + minutes(59));
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both[0].workflow, "payouts");  // ends first
  EXPECT_EQ(both[0].created, kNow + minutes(1));
  EXPECT_EQ(both[1].workflow, "auction-17");
  EXPECT_EQ(stakes_.Of(Key{0, 1}, kNow + hours(1)).size(), 1U);
  EXPECT_TRUE(stakes_.Of(Key{0, 3}, kNow).empty());
}

TEST_F(StakesTest, PagesListAllOnceThoseThatEndFirstFirst) {
  ASSERT_TRUE(stakes_.Register(Bid("auction", 1, "a", kNow + hours(3)), kNow).ok());
  ASSERT_TRUE(stakes_.Register(Bid("auction", 2, "a", kNow + hours(1)), kNow).ok());
  ASSERT_TRUE(stakes_.Register(Bid("auction", 3, "a", kNow + hours(2)), kNow).ok());
  std::vector<std::string> accounts;
  std::string token;
  do {
    const auto page = stakes_.List("auction", "a", 2, token, kNow);
    ASSERT_TRUE(page.ok());
    for (const Stake& stake : page->stakes) accounts.push_back(stake.account);
    token = page->next_page_token;
  } while (!token.empty());
  EXPECT_EQ(accounts, (std::vector<std::string>{"account-2", "account-3", "account-1"}));
  EXPECT_EQ(stakes_.List("auction", "a", 2, "nonsense", kNow).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace latchkey
