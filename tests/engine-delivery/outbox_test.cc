#include "engine/delivery/outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "tests/support/seeded_random.h"

namespace latchkey {
namespace {

using namespace std::chrono_literals;
using std::chrono::hours;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr TimePoint kStart{hours(24 * 20'000)};
TimePoint At(Duration after) { return kStart + after; }

const Answer kYes{.meaning = Answer::Meaning::kDelivered, .reached = true};
const Answer kAway{.why = "away"};
const Answer kNo{.meaning = Answer::Meaning::kRejected, .why = "HTTP 400", .reached = true};
const Answer kGone{.meaning = Answer::Meaning::kGone, .why = "HTTP 410", .reached = true};

class OutboxTest : public testing::Test {
 protected:
  void Use(OutboxLimits limits) { outbox_.emplace(limits, targets_, random_); }

  Outbox::Added Add(const std::string& order, const std::string& payload, TimePoint now,
                    const std::string& target = "hook") {
    return outbox_->Add({.target = target, .order_key = order, .payload = payload, .made = now}, now);
  }
  std::vector<OutboxEntry> Take(TimePoint now) { return outbox_->Take(now); }
  static std::vector<std::string> Payloads(const std::vector<OutboxEntry>& entries) {
    std::vector<std::string> payloads;
    for (const OutboxEntry& entry : entries) payloads.push_back(entry.payload);
    return payloads;
  }
  Outbox::TargetState State(const std::string& name = "hook") {
    for (const auto& state : outbox_->States()) {
      if (state.name == name) return state;
    }
    return {};
  }

  SeededRandom random_{7};
  const std::vector<std::string> targets_ = {"hook", "other"};
  std::optional<Outbox> outbox_{std::in_place, OutboxLimits{}, targets_, random_};
};

TEST_F(OutboxTest, WhatSomebodyElseHasToldIsForgottenAndTheRestMayHaveBeenTold) {
  const auto add = [this](const std::string& payload, uint8_t book, uint64_t sequence) {
    outbox_->Add({.target = "hook",
                  .order_key = payload,
                  .payload = payload,
                  .book = book,
                  .sequence = sequence,
                  .made = At(0s)},
                 At(0s));
  };
  add("told", 1, 7);
  add("perhaps", 1, 8);
  add("of another book", 2, 8);
  outbox_->TakeOver(/*book=*/1, 7, At(1s));
  const auto due = Take(At(1s));
  ASSERT_THAT(Payloads(due), ElementsAre("perhaps", "of another book"));
  EXPECT_EQ(due[0].attempts, 2);
  EXPECT_EQ(due[1].attempts, 1);
  // What is under way here is not touched.
  outbox_->TakeOver(1, 8, At(2s));
  outbox_->Settle(due[0].position, kAway, At(2s));
  EXPECT_EQ(State().waiting, 2U);
}

TEST_F(OutboxTest, SendsTheNextOfAnAccountOnlyOnceTheOneBeforeWasTaken) {
  Add("alice", "a1", At(0s));
  Add("alice", "a2", At(0s));
  Add("bob", "b1", At(0s));
  const auto first = Take(At(0s));
  EXPECT_THAT(Payloads(first), ElementsAre("a1", "b1"));
  EXPECT_THAT(Take(At(0s)), IsEmpty());
  outbox_->Settle(first[0].position, kYes, At(1s));
  EXPECT_THAT(Payloads(Take(At(1s))), ElementsAre("a2"));
}

TEST_F(OutboxTest, AFailureKeepsTheOrderAndWaitsLongerEachTime) {
  Use({.failures_to_open = 100});
  Add("alice", "a1", At(0s));
  Add("alice", "a2", At(0s));
  TimePoint now = At(0s);
  for (int i = 1; i <= 8; ++i) {
    const auto taken = Take(now);
    ASSERT_THAT(Payloads(taken), ElementsAre("a1"));
    EXPECT_EQ(taken[0].attempts, i);
    outbox_->Settle(taken[0].position, kAway, now);
    const Duration wait = *outbox_->NextDue() - now;
    EXPECT_GE(wait, seconds(1) * (1 << (i - 1)) / 2);
    EXPECT_LE(wait, seconds(1) * (1 << (i - 1)));
    EXPECT_THAT(Take(*outbox_->NextDue() - Duration(1)), IsEmpty());
    now = *outbox_->NextDue();
  }
}

TEST_F(OutboxTest, ATargetThatIsAwayIsTriedByOneMessageAndFindsEverythingWhenItIsBack) {
  for (int i = 0; i < 100; ++i) Add(absl::StrCat("account-", i), "m", At(0s));
  int attempts = 0;
  TimePoint now = At(0s);
  while (now < At(60s)) {
    for (const OutboxEntry& entry : Take(now)) {
      ++attempts;
      outbox_->Settle(entry.position, kAway, now);
    }
    now = *outbox_->NextDue();
  }
  EXPECT_EQ(State().circuit, Outbox::Circuit::kOpen);
  EXPECT_LT(attempts, 20);
  EXPECT_EQ(State().waiting, 100U);
  // It is back: one message finds that out, and the others follow at once.
  const auto probe = Take(now);
  ASSERT_EQ(probe.size(), 1U);
  outbox_->Settle(probe[0].position, kYes, now);
  EXPECT_EQ(State().circuit, Outbox::Circuit::kClosed);
  size_t delivered = 1;
  for (auto taken = Take(now); !taken.empty(); taken = Take(now)) {
    for (const OutboxEntry& entry : taken) outbox_->Settle(entry.position, kYes, now);
    delivered += taken.size();
  }
  EXPECT_EQ(delivered, 100U);
  EXPECT_EQ(State().waiting, 0U);
}

TEST_F(OutboxTest, OneTargetThatIsAwayHoldsUpNoOther) {
  for (int i = 0; i < 5; ++i) Add(absl::StrCat("x", i), "m", At(0s));
  for (const OutboxEntry& entry : Take(At(0s))) outbox_->Settle(entry.position, kAway, At(0s));
  ASSERT_EQ(State().circuit, Outbox::Circuit::kOpen);
  Add("x1", "n", At(0s), "other");
  EXPECT_THAT(Payloads(Take(At(0s))), ElementsAre("n"));
}

TEST_F(OutboxTest, SendsAtMostSoManyAtOnce) {
  for (int i = 0; i < 9; ++i) Add(absl::StrCat("x", i), "m", At(0s));
  EXPECT_EQ(Take(At(0s)).size(), OutboxLimits{}.sending_max);
  EXPECT_THAT(Take(At(0s)), IsEmpty());
}

TEST_F(OutboxTest, HonoursRetryAfterWithinItsBounds) {
  Add("alice", "a", At(0s));
  auto taken = Take(At(0s));
  Answer later = kAway;
  later.retry_after = seconds(90);
  outbox_->Settle(taken[0].position, later, At(0s));
  EXPECT_EQ(*outbox_->NextDue(), At(90s));
  taken = Take(At(90s));
  later.retry_after = hours(24 * 365);
  outbox_->Settle(taken[0].position, later, At(90s));
  EXPECT_EQ(*outbox_->NextDue(), At(90s) + OutboxLimits{}.retry.max);
}

TEST_F(OutboxTest, ARefusedMessageIsADeadLetterAndTheNextGoesOn) {
  Add("alice", "a1", At(0s));
  Add("alice", "a2", At(0s));
  outbox_->Settle(Take(At(0s))[0].position, kNo, At(0s));
  EXPECT_EQ(State().dead, 1U);
  EXPECT_EQ(outbox_->DeadLetters("hook", 0, 10)[0].why, "HTTP 400");
  EXPECT_THAT(Payloads(Take(At(0s))), ElementsAre("a2"));
}

TEST_F(OutboxTest, WhatIsTooOldOrWasTriedTooOftenIsADeadLetter) {
  Use({.attempts_max = 2, .age_max = hours(1)});
  Add("alice", "often", At(0s));
  Add("alice", "old", At(1s));
  outbox_->Settle(Take(At(1s))[0].position, kAway, At(1s));
  outbox_->Settle(Take(At(10s))[0].position, kAway, At(10s));
  EXPECT_THAT(Payloads(outbox_->DeadLetters("", 0, 10)), ElementsAre("often"));
  outbox_->Expire(At(3600s));
  EXPECT_EQ(State().dead, 1U);
  outbox_->Expire(At(3601s));
  EXPECT_THAT(Payloads(outbox_->DeadLetters("", 0, 10)), ElementsAre("often", "old"));
  EXPECT_EQ(State().waiting, 0U);
}

TEST_F(OutboxTest, AMessageUnderWayGetsOldOnlyWhenItHasFailed) {
  Use({.age_max = hours(1)});
  Add("alice", "a", At(0s));
  const auto taken = Take(At(3599s));
  outbox_->Expire(At(3601s));
  EXPECT_EQ(State().dead, 0U);
  EXPECT_EQ(outbox_->NextDue(), std::nullopt);
  outbox_->Settle(taken[0].position, kAway, At(3602s));
  outbox_->Expire(At(3602s));
  EXPECT_EQ(State().dead, 1U);
}

TEST_F(OutboxTest, ATargetThatIsGoneGetsNothingMoreUntilSomebodySaysSo) {
  Add("alice", "a", At(0s));
  outbox_->Settle(Take(At(0s))[0].position, kGone, At(0s));
  Add("bob", "b", At(1s));
  EXPECT_EQ(State().circuit, Outbox::Circuit::kStopped);
  EXPECT_THAT(Take(At(3600s)), IsEmpty());
  EXPECT_EQ(State().waiting, 2U);
  EXPECT_THAT(outbox_->TakeChanges(At(0s)).stopped, ElementsAre("hook"));
  EXPECT_EQ(outbox_->Replay("hook", std::nullopt, At(3600s)), 0U);
  EXPECT_THAT(outbox_->TakeChanges(At(0s)).resumed, ElementsAre("hook"));
  EXPECT_EQ(Take(At(3600s)).size(), 2U);
}

TEST_F(OutboxTest, ADeadLetterThatIsSentAgainGoesBeforeWhatWaitsAndSaysSo) {
  Add("alice", "a1", At(0s));
  Add("alice", "a2", At(0s));
  outbox_->Settle(Take(At(0s))[0].position, kNo, At(0s));
  EXPECT_EQ(outbox_->Replay("hook", std::nullopt, At(5s)), 1U);
  auto taken = Take(At(5s));
  ASSERT_THAT(Payloads(taken), ElementsAre("a1"));
  EXPECT_EQ(taken[0].replays, 1);
  EXPECT_EQ(taken[0].attempts, 1);
  outbox_->Settle(taken[0].position, kYes, At(5s));
  EXPECT_THAT(Payloads(Take(At(5s))), ElementsAre("a2"));
}

TEST_F(OutboxTest, ADeadLetterThatIsSentAgainWaitsForWhatIsUnderWay) {
  Add("alice", "a1", At(0s));
  Add("alice", "a2", At(0s));
  outbox_->Settle(Take(At(0s))[0].position, kNo, At(0s));
  const auto under_way = Take(At(0s));
  ASSERT_THAT(Payloads(under_way), ElementsAre("a2"));
  EXPECT_EQ(outbox_->Replay("hook", 1, At(0s)), 1U);
  EXPECT_THAT(Take(At(0s)), IsEmpty());
  outbox_->Settle(under_way[0].position, kAway, At(0s));
  EXPECT_THAT(Payloads(Take(At(0s))), ElementsAre("a1"));
}

TEST_F(OutboxTest, RefusesWhatHasNoRoomAndGivesUpTheOldestDeadLettersFirst) {
  Use({.waiting_max = 3, .dead_max = 2, .bytes_max = 100});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Add("x", std::string(20, 'x'), At(0s)), Outbox::Added::kYes);
  EXPECT_EQ(Add("x", "y", At(0s)), Outbox::Added::kFull);
  EXPECT_EQ(State().dropped, 1U);
  for (int i = 0; i < 3; ++i) outbox_->Settle(Take(At(0s))[0].position, kNo, At(0s));
  EXPECT_EQ(State().dead, 2U);
  EXPECT_EQ(State().lost_dead, 1U);
  EXPECT_EQ(Add("x", std::string(100, 'z'), At(0s)), Outbox::Added::kYes);
  EXPECT_EQ(State().dead, 0U);
  EXPECT_EQ(Add("x", "z", At(0s)), Outbox::Added::kFull);
  EXPECT_EQ(Add("x", "z", At(0s), "other"), Outbox::Added::kYes);
}

TEST_F(OutboxTest, TakesANoticeOnce) {
  EXPECT_FALSE(outbox_->TakenBefore("n", At(0s)));
  EXPECT_TRUE(outbox_->TakenBefore("n", At(1s)));
  const Duration known_for = OutboxLimits{}.known_for;
  EXPECT_TRUE(outbox_->TakenBefore("n", At(known_for - Duration(1))));
  EXPECT_FALSE(outbox_->TakenBefore("n", At(known_for)));
}

TEST_F(OutboxTest, RemembersABoundedNumberOfNotices) {
  Use({.known_max = 3});
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(outbox_->TakenBefore(absl::StrCat(i), At(seconds(i))));
  EXPECT_TRUE(outbox_->TakenBefore("9", At(10s)));
  EXPECT_FALSE(outbox_->TakenBefore("1", At(10s)));
}

TEST_F(OutboxTest, GoesOnWhereItWas) {
  Add("alice", "a1", At(0s));
  Add("alice", "a2", At(0s));
  (void)outbox_->TakenBefore("n", At(0s));
  (void)Take(At(0s));  // a1 is under way when the process ends
  OutboxChanges kept = outbox_->TakeChanges(At(0s));
  Use({});
  outbox_->Restore({.last_position = 7, .entries = kept.put, .known = kept.known}, At(9s));
  EXPECT_TRUE(outbox_->TakenBefore("n", At(9s)));
  Add("alice", "a3", At(9s));
  const auto taken = Take(At(9s));
  ASSERT_THAT(Payloads(taken), ElementsAre("a1"));
  EXPECT_EQ(taken[0].attempts, 2) << "may be a duplicate, and says so";
  EXPECT_EQ(outbox_->TakeChanges(At(9s)).put.back().position, 8U) << "positions are never used again";
}

TEST_F(OutboxTest, WhatWasForATargetThatIsNoMoreIsADeadLetter) {
  outbox_->Restore({.entries = {{.position = 1, .target = "old", .order_key = "x", .payload = "m"}}}, At(0s));
  EXPECT_EQ(outbox_->DeadLetters("old", 0, 9)[0].why, "its target is no longer configured");
  EXPECT_EQ(outbox_->Replay("old", std::nullopt, At(0s)), 0U);
  EXPECT_THAT(Take(At(0s)), IsEmpty());
}

TEST_F(OutboxTest, WhatCouldNotBeSavedIsToBeSavedAgain) {
  Add("alice", "a1", At(0s));
  (void)outbox_->TakenBefore("n", At(0s));
  const OutboxChanges changes = outbox_->TakeChanges(At(0s));
  EXPECT_TRUE(outbox_->TakeChanges(At(0s)).empty());
  const auto taken = Take(At(0s));
  outbox_->Settle(taken[0].position, kYes, At(0s));
  outbox_->GiveBack(changes);
  const OutboxChanges again = outbox_->TakeChanges(At(0s));
  EXPECT_THAT(again.put, IsEmpty()) << "it was delivered meanwhile";
  EXPECT_THAT(again.removed, ElementsAre(1U));
  EXPECT_THAT(again.known, ElementsAre(changes.known[0]));
}

// Random targets, failures, replays and restarts: nothing is lost, and each account's messages arrive in
// order.
class OutboxStoriesTest : public testing::TestWithParam<uint64_t> {};

TEST_P(OutboxStoriesTest, LoseNothingAndKeepEachAccountsOrder) {
  std::mt19937_64 dice(GetParam());
  SeededRandom random(GetParam());
  const OutboxLimits limits{.attempts_max = 1'000'000, .age_max = hours(24 * 365)};
  const std::vector<std::string> names = {"hook"};
  std::optional<Outbox> outbox(std::in_place, limits, names, random);
  std::map<uint64_t, OutboxEntry> disk;
  std::vector<uint64_t> under_way;
  std::map<std::string, int> arrived;  // the latest number of each account
  std::map<std::string, int> made;
  TimePoint now = kStart;
  bool away = false;
  const auto save = [&] {
    const OutboxChanges changes = outbox->TakeChanges(now);
    for (const OutboxEntry& entry : changes.put) disk[entry.position] = entry;
    for (const uint64_t position : changes.removed) disk.erase(position);
  };
  const auto settle = [&](size_t which, const std::map<uint64_t, OutboxEntry>& known) {
    const OutboxEntry entry = known.at(under_way[which]);
    const bool heard = !away && dice() % 4 != 0;
    if (heard) {
      const int number = std::stoi(entry.payload);
      int& latest = arrived[entry.order_key];
      ASSERT_LE(number, latest + 1) << "seed " << GetParam() << ": a message was overtaken";
      ASSERT_TRUE(number > latest || entry.attempts > 1) << "a duplicate that does not say so";
      latest = std::max(latest, number);
    }
    // The answer may be lost although the message has arrived.
    outbox->Settle(entry.position, heard && dice() % 5 != 0 ? kYes : kAway, now);
    under_way.erase(under_way.begin() + static_cast<std::ptrdiff_t>(which));
  };
  for (int step = 0; step < 3000; ++step) {
    now += Duration(dice() % 2000);
    switch (dice() % 8) {
      case 0:
      case 1: {
        const std::string account = absl::StrCat("account-", dice() % 5);
        outbox->Add(
            {.target = "hook", .order_key = account, .payload = absl::StrCat(++made[account]), .made = now},
            now);
        save();
        break;
      }
      case 2:
        if (dice() % 10 == 0) away = !away;
        break;
      case 3:
        if (dice() % 20 == 0) {  // kill -9
          OutboxContents contents{.last_position = 0};
          for (const auto& [position, entry] : disk) contents.entries.push_back(entry);
          under_way.clear();
          outbox.emplace(limits, names, random);
          outbox->Restore(std::move(contents), now);
        }
        break;
      case 4:
      case 5:
        for (const OutboxEntry& entry : outbox->Take(now)) under_way.push_back(entry.position);
        save();
        break;
      default:
        if (!under_way.empty()) settle(dice() % under_way.size(), disk);
        if (HasFatalFailure()) return;
        if (dice() % 2 == 0) save();
        break;
    }
  }
  away = false;
  for (int i = 0; i < 20'000 && outbox->States()[0].waiting > 0; ++i) {
    for (const OutboxEntry& entry : outbox->Take(now)) under_way.push_back(entry.position);
    save();
    while (!under_way.empty()) settle(0, disk);
    if (HasFatalFailure()) return;
    if (const auto next = outbox->NextDue()) now = std::max(now, *next);
  }
  EXPECT_EQ(arrived, made) << "seed " << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Seeds, OutboxStoriesTest, testing::Range<uint64_t>(1, 41));

}  // namespace
}  // namespace latchkey
