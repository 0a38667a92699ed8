#include "adapters/clients/cpp/call_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace latchkey::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const TimePoint kStart{std::chrono::hours(1)};

class Listener final : public Waiter<v1::AssessResponse>, public Waiter<v1::ReportResponse> {
 public:
  void Take(absl::StatusOr<v1::AssessResponse> /*answer*/) override {}
  void Take(absl::StatusOr<v1::ReportResponse> /*answer*/) override {}
};

class CallBookTest : public testing::Test {
 protected:
  void AddAttempt(const std::string& account, bool repeatable = false, milliseconds timeout = seconds(5)) {
    Call call;
    call.assess = &listener_;
    call.deadline = kStart + timeout;
    call.repeatable = repeatable;
    call.item = std::make_unique<v1::ConverseItem>();
    call.item->mutable_assess()->set_account(account);
    book_.Add(std::move(call));
  }
  // The accounts of the frame that leaves now, which is written at once.
  std::vector<std::string> Send(TimePoint now = kStart) {
    v1::ConverseRequest frame;
    book_.Fill(frame, now, counts_);
    std::vector<std::string> accounts;
    for (const auto& item : frame.items()) {
      accounts.push_back(item.assess().account());
      ids_[item.assess().account()] = item.correlation_id();
    }
    book_.TakeBack(frame);
    return accounts;
  }

  Listener listener_;
  CallBook book_{{.items_per_frame_max = 3, .in_flight_max = 5}};
  ClientCounts counts_;
  std::map<std::string, uint64_t> ids_;
};

TEST_F(CallBookTest, SendsInTheOrderOfAskingInFramesOfBoundedLength) {
  for (const char* account : {"a", "b", "c", "d"}) AddAttempt(account);
  EXPECT_TRUE(book_.FullFrameWaits());
  EXPECT_THAT(Send(), ElementsAre("a", "b", "c"));
  EXPECT_FALSE(book_.FullFrameWaits());
  EXPECT_THAT(Send(), ElementsAre("d"));
  EXPECT_FALSE(book_.CanFill());
  EXPECT_EQ(counts_.frames, 2U);
  EXPECT_EQ(counts_.items, 4U);
}

TEST_F(CallBookTest, HasNoMoreInFlightThanItMay) {
  for (const char* account : {"a", "b", "c", "d", "e", "f"}) AddAttempt(account);
  EXPECT_THAT(Send(), SizeIs(3));
  EXPECT_THAT(Send(), ElementsAre("d", "e"));
  EXPECT_FALSE(book_.CanFill());
  EXPECT_TRUE(book_.Answered(ids_["b"]));
  EXPECT_THAT(Send(), ElementsAre("f"));
}

TEST_F(CallBookTest, FramesAreBoundedInBytesToo) {
  CallBook book({.items_per_frame_max = 256, .in_flight_max = 1000});
  for (int i = 0; i < 100; ++i) {
    Call call;
    call.item = std::make_unique<v1::ConverseItem>();
    call.item->mutable_assess()->set_account(std::string(20'000, 'a'));
    book.Add(std::move(call));
  }
  v1::ConverseRequest frame;
  book.Fill(frame, kStart, counts_);
  EXPECT_LE(frame.ByteSizeLong(), CallBook::kFrameBytesMax + 1000);
  EXPECT_GT(frame.items_size(), 20);
}

TEST_F(CallBookTest, AnswersComeInAnyOrderAndOnce) {
  AddAttempt("a");
  AddAttempt("b");
  EXPECT_FALSE(book_.Answered(1)) << "nothing was sent yet";
  Send();
  EXPECT_TRUE(book_.Answered(ids_["b"]));
  EXPECT_TRUE(book_.Answered(ids_["a"]));
  EXPECT_FALSE(book_.Answered(ids_["a"]));
  EXPECT_FALSE(book_.Answered(999));
  EXPECT_EQ(book_.size(), 0U);
}

TEST_F(CallBookTest, WhatWaitsEndsAtItsDeadlineAndWhatIsInFlightStaysUnawaited) {
  AddAttempt("sent", /*repeatable=*/true, milliseconds(200));
  Send();
  AddAttempt("waiting", false, milliseconds(200));
  AddAttempt("patient", false, milliseconds(300));
  EXPECT_EQ(book_.next_deadline(), kStart + milliseconds(200));
  EXPECT_THAT(book_.Expire(kStart + milliseconds(199)), IsEmpty());
  EXPECT_THAT(book_.Expire(kStart + milliseconds(200)), SizeIs(2));
  EXPECT_EQ(book_.in_flight(), 1U);
  EXPECT_EQ(book_.owed(), 1U);
  EXPECT_THAT(Send(), ElementsAre("patient"));
  const std::optional<Call> late = book_.Answered(ids_["sent"]);
  ASSERT_TRUE(late);
  EXPECT_FALSE(late->awaited());
  EXPECT_FALSE(late->owed);
}

TEST_F(CallBookTest, ALossEndsWhatIsNotSafeAndRepeatsTheRestFirst) {
  AddAttempt("unsafe");
  AddAttempt("safe-1", /*repeatable=*/true);
  AddAttempt("safe-2", /*repeatable=*/true);
  Send();
  AddAttempt("not-sent");
  EXPECT_THAT(book_.Lose(kStart), SizeIs(1));
  EXPECT_THAT(Send(), ElementsAre("safe-1", "safe-2", "not-sent"));
  EXPECT_EQ(counts_.items_repeated, 2U);
}

TEST_F(CallBookTest, NothingIsSentMoreThanThreeTimes) {
  AddAttempt("unlucky", /*repeatable=*/true);
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(Send(), ElementsAre("unlucky"));
    EXPECT_THAT(book_.Lose(kStart), IsEmpty());
  }
  EXPECT_THAT(Send(), ElementsAre("unlucky"));
  EXPECT_THAT(book_.Lose(kStart), SizeIs(1));
  EXPECT_EQ(book_.size(), 0U);
}

TEST_F(CallBookTest, NothingIsRepeatedWhenARequestIdMayBeForgotten) {
  AddAttempt("slow", /*repeatable=*/true, seconds(60));
  Send();
  EXPECT_THAT(book_.Lose(kStart + CallBook::kRepeatWithin), SizeIs(1));
}

TEST_F(CallBookTest, NothingIsRepeatedThatNobodyWaitsFor) {
  AddAttempt("gone", /*repeatable=*/true, milliseconds(200));
  Send();
  EXPECT_THAT(book_.Expire(kStart + milliseconds(200)), SizeIs(1));
  EXPECT_THAT(book_.Lose(kStart + milliseconds(201)), IsEmpty());
  EXPECT_EQ(book_.size(), 0U);
}

TEST_F(CallBookTest, ALongOutageLeavesNothingBehind) {
  for (int i = 0; i < 20'000; ++i) {
    AddAttempt("a", false, milliseconds(i));
    EXPECT_THAT(book_.Expire(kStart + milliseconds(i)), SizeIs(1));
  }
  EXPECT_EQ(book_.size(), 0U);
  EXPECT_EQ(book_.next_deadline(), TimePoint::max());
}

}  // namespace
}  // namespace latchkey::client
