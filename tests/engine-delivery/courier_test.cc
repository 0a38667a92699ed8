#include "engine/delivery/courier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/engine-delivery/fakes.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"

namespace latchkey {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class CourierTest : public testing::Test {
 protected:
  std::unique_ptr<Courier> Start() {
    auto courier = std::make_unique<Courier>(Courier::Parts{storage_, writer_, transport_, random_, clock_},
                                             OutboxLimits{}, targets_);
    EXPECT_TRUE(courier->Restore().ok());
    return courier;
  }
  Notice About(const std::string& account, const std::string& id, NoticeKind kind = NoticeKind::kStanding) {
    return {.kind = kind, .id = id, .order_key = account, .at = clock_.Now(), .tenant = "default"};
  }
  // Turns it for so long, at the pace that it asks for.
  void Run(Courier& courier, Duration span) {
    const TimePoint end = clock_.Now() + span;
    while (clock_.Now() < end) {
      courier.Turn(seconds(1));
      clock_.Advance(std::max(transport_.last_patience, Duration(1)));
    }
  }

  FakeStorage storage_;
  FakeWriter writer_;
  FakeTransport transport_;
  SeededRandom random_{3};
  FakeClock clock_;
  std::vector<DeliveryTarget> targets_ = {
      {.name = "hook", .url = "https://hook", .kinds = {NoticeKind::kStanding}}};
};

TEST_F(CourierTest, WritesDownBeforeItSendsAndForgetsWhatArrived) {
  const auto courier = Start();
  courier->Submit(About("alice", "n1"));
  EXPECT_EQ(transport_.wakes, 1);
  storage_.full = true;
  courier->Turn(seconds(1));
  storage_.full = false;
  EXPECT_THAT(transport_.bodies, ElementsAre("n1/1")) << "a full disk holds nothing up";
  courier->Turn(seconds(1));
  EXPECT_THAT(storage_.entries_, IsEmpty());
  EXPECT_EQ(courier->counts().storage_errors, 2U);
  EXPECT_TRUE(courier->counts().storage_ok);
}

TEST_F(CourierTest, ATargetThatIsAwayForAMinuteMissesNothingAndGetsItInOrder) {
  const auto courier = Start();
  transport_.away = true;
  for (int i = 0; i < 60; ++i) {
    courier->Submit(About(i % 2 == 0 ? "alice" : "bob", absl::StrCat("n", i)));
    Run(*courier, seconds(1));
  }
  EXPECT_THAT(transport_.bodies, IsEmpty());
  transport_.away = false;
  const TimePoint back = clock_.Now();
  while (transport_.bodies.size() < 60 && clock_.Now() < back + minutes(5)) Run(*courier, Duration(1));
  EXPECT_LE(clock_.Now() - back, seconds(61)) << "a target is looked at once a minute";
  ASSERT_EQ(transport_.bodies.size(), 60U);
  std::map<int, int> latest;
  for (const std::string& body : transport_.bodies) {
    const int number = std::stoi(body.substr(1));
    EXPECT_GT(number, latest[number % 2] - 1) << body;
    latest[number % 2] = number;
  }
}

TEST_F(CourierTest, AfterACrashItSendsAgainAndSaysThatItMayBeADuplicate) {
  {
    const auto courier = Start();
    courier->Submit(About("alice", "n1"));
    transport_.away = true;
    courier->Turn(seconds(1));
  }
  transport_.away = false;
  (void)transport_.Poll(Duration(0));
  const auto again = Start();
  again->Submit(About("alice", "n1"));  // the source tells it again, too
  again->Turn(seconds(1));
  again->Turn(seconds(1));
  EXPECT_THAT(transport_.bodies, ElementsAre("n1/2"));
  EXPECT_EQ(again->counts().repeated, 1U);
}

TEST_F(CourierTest, TellsATargetOnlyWhatItWants) {
  targets_.push_back({.name = "owners", .kinds = {NoticeKind::kOwnerNotice}, .tenants = {"shop"}});
  const auto courier = Start();
  courier->Submit(About("alice", "standing"));
  courier->Submit(About("alice", "owner", NoticeKind::kOwnerNotice));
  courier->Turn(seconds(1));
  EXPECT_THAT(transport_.bodies, ElementsAre("standing/1")) << "the owner's notice is of another tenant";
}

TEST_F(CourierTest, ATestGoesToOneTarget) {
  targets_.push_back({.name = "owners", .kinds = {NoticeKind::kOwnerNotice}});
  const auto courier = Start();
  EXPECT_EQ(courier->SendTest("nobody").status().code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(courier->SendTest("owners").ok());
  courier->Turn(seconds(1));
  EXPECT_THAT(transport_.bodies, ElementsAre(testing::StartsWith("test-owners-")));
}

TEST_F(CourierTest, ASecretThatCannotBeReadIsTriedAgain) {
  writer_.secrets_there = false;
  const auto courier = Start();
  courier->Submit(About("alice", "n1"));
  courier->Turn(seconds(1));
  EXPECT_EQ(courier->States()[0].last_failure, "the secret cannot be read");
  writer_.secrets_there = true;
  Run(*courier, seconds(5));
  EXPECT_THAT(transport_.bodies, ElementsAre("n1/2"));
}

TEST_F(CourierTest, ReplaysWhatIsThereAndSaysWhatIsNot) {
  const auto courier = Start();
  EXPECT_EQ(courier->Replay("nobody", std::nullopt).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(courier->Replay("hook", 17).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(*courier->Replay("hook", std::nullopt), 0U);
}

TEST_F(CourierTest, WhatComesFasterThanItCanBeWrittenDownIsCounted) {
  const auto courier = Start();
  for (size_t i = 0; i < Courier::kInboxMax + 5; ++i) courier->Submit(About("a", absl::StrCat(i)));
  EXPECT_EQ(courier->counts().overflowed, 5U);
}

}  // namespace
}  // namespace latchkey
