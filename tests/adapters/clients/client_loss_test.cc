// The client when its stream is lost, silent, or not to be had.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <vector>

#include "tests/adapters/clients/client_calls.h"
#include "tests/adapters/clients/fake_latchkey.h"

namespace latchkey {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

const grpc::Status kGone(grpc::StatusCode::UNAVAILABLE, "gone");

// Loses the first `losses` streams after the first frame each; keeps what came on all of them.
class Losing {
 public:
  explicit Losing(int losses) : losses_(losses) {}
  FakeLatchkey::Script script() {
    return [this](FakeLatchkey::Stream& stream, int nth) {
      v1::ConverseRequest frame;
      while (stream.Read(&frame)) {
        const std::scoped_lock lock(mutex_);
        items_.insert(items_.end(), frame.items().begin(), frame.items().end());
        if (nth < losses_) return kGone;
        Answer(stream, {frame.items().begin(), frame.items().end()});
      }
      return grpc::Status::OK;
    };
  }
  std::vector<v1::ConverseItem> items() {
    const std::scoped_lock lock(mutex_);
    return items_;
  }

 private:
  const int losses_;
  std::mutex mutex_;
  std::vector<v1::ConverseItem> items_;
};

TEST(ClientLossTest, AReportIsSentAgain) {
  Losing losing(1);
  const FakeLatchkey server(losing.script());
  const auto client = MakeClient({.server = server.address()});
  EXPECT_TRUE(client->ReportBlocking(ReportOf("token", v1::OUTCOME_WRONG), kPatiently).ok());
  ASSERT_EQ(losing.items().size(), 2U);
  EXPECT_EQ(losing.items()[1].report().attempt_token(), "token");
  EXPECT_EQ(client->counts().items_repeated, 1U);
  EXPECT_EQ(client->counts().streams_lost, 1U);
  EXPECT_THAT(std::string(client->counts().last_failure.message()), HasSubstr("gone"));
}

TEST(ClientLossTest, AnAssessThatMayHaveBeenCountedIsNot) {
  Losing losing(1);
  const FakeLatchkey server(losing.script());
  const auto client = MakeClient({.server = server.address(), .fail_mode = FailMode::kFail});
  const auto answer = client->AssessBlocking(AttemptOn("alice"), kPatiently);
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(client->AssessBlocking(AttemptOn("bob"), kPatiently)->decision_id(), "bob");
  EXPECT_EQ(losing.items().size(), 2U);
}

TEST(ClientLossTest, AnAssessWithARequestIdIs) {
  Losing losing(2);
  const FakeLatchkey server(losing.script());
  const auto client = MakeClient({.server = server.address()});
  v1::AssessRequest attempt = AttemptOn("alice");
  attempt.set_request_id("0123456789abcdef");
  EXPECT_EQ(client->AssessBlocking(attempt, kPatiently)->decision_id(), "alice");
  ASSERT_EQ(losing.items().size(), 3U);
  for (const v1::ConverseItem& item : losing.items()) {
    EXPECT_EQ(item.assess().request_id(), "0123456789abcdef");
  }
}

TEST(ClientLossTest, TheClientMakesRequestIdsWhenItIsTold) {
  Losing losing(1);
  const FakeLatchkey server(losing.script());
  const auto client = MakeClient({.server = server.address(), .make_request_ids = true});
  EXPECT_EQ(client->AssessBlocking(AttemptOn("alice"), kPatiently)->decision_id(), "alice");
  EXPECT_EQ(client->AssessBlocking(AttemptOn("alice"), kPatiently)->decision_id(), "alice");
  const std::vector<v1::ConverseItem> items = losing.items();
  ASSERT_EQ(items.size(), 3U);
  EXPECT_EQ(items[0].assess().request_id(), items[1].assess().request_id());
  EXPECT_NE(items[1].assess().request_id(), items[2].assess().request_id());
}

TEST(ClientLossTest, NothingIsSentMoreThanThreeTimes) {
  Losing losing(1000);
  const FakeLatchkey server(losing.script());
  const auto client = MakeClient({.server = server.address()});
  EXPECT_EQ(client->ReportBlocking(ReportOf("token", v1::OUTCOME_WRONG), kPatiently).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(losing.items().size(), 3U);
}

TEST(ClientLossTest, CallsWaitForAServerThatIsStarting) {
  std::string address = FakeLatchkey(AnswerAll).address();
  const auto client = MakeClient({.server = address, .rest_max = milliseconds(100)});
  std::vector<std::future<absl::StatusOr<v1::AssessResponse>>> calls;
  for (int i = 0; i < 1000; ++i) {
    calls.push_back(client->AssessFuture(AttemptOn(std::to_string(i)), kPatiently));
  }
  ASSERT_TRUE(Eventually([&] { return client->counts().streams_lost >= 2; }));
  EXPECT_EQ(client->counts().frames, 0U);
  const FakeLatchkey server(AnswerAll, address);
  for (auto& call : calls) EXPECT_FALSE(IsLocal(*call.get()));
  EXPECT_EQ(client->counts().items_repeated, 0U);
  EXPECT_EQ(client->counts().frames, 16U) << "a thousand calls in frames of 64";
}

TEST(ClientLossTest, ARestartIsSurvivedByLaterCalls) {
  auto server = std::make_unique<FakeLatchkey>(AnswerAll);
  const std::string address = server->address();
  const auto client = MakeClient({.server = address, .rest_max = milliseconds(100)});
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(IsLocal(*client->AssessBlocking(AttemptOn("alice"), kPatiently)));
    server.reset();
    ASSERT_TRUE(Eventually([&] { return !client->counts().connected; }));
    server = std::make_unique<FakeLatchkey>(AnswerAll, address);
  }
}

TEST(ClientLossTest, AStreamThatOwesAnswersAndSaysNothingIsGivenUp) {
  const FakeLatchkey server([](FakeLatchkey::Stream& stream, int nth) {
    if (nth > 0) return AnswerAll(stream, nth);
    ReadItems(stream, 1000);
    return grpc::Status::OK;
  });
  const auto client = MakeClient({.server = server.address(), .silence_max = milliseconds(200)});
  EXPECT_TRUE(client->ReportBlocking(ReportOf("token", v1::OUTCOME_WRONG), kPatiently).ok());
  EXPECT_EQ(server.streams(), 2);
  EXPECT_THAT(std::string(client->counts().last_failure.message()), HasSubstr("said nothing"));
}

class NobodyThereTest : public testing::Test {
 protected:
  const std::string address_ = FakeLatchkey(AnswerAll).address();
  const CallOptions briefly_{.timeout = milliseconds(50)};
};

TEST_F(NobodyThereTest, RefusingIsTheDefault) {
  const auto client = MakeClient({.server = address_});
  const auto answer = client->AssessBlocking(AttemptOn("alice"), briefly_);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->action(), v1::ACTION_THROTTLE);
  EXPECT_TRUE(IsLocal(*answer));
}

TEST_F(NobodyThereTest, AllowingIsBounded) {
  const auto client =
      MakeClient({.server = address_, .fail_mode = FailMode::kAllow, .local_allows_per_second = 1});
  std::vector<std::future<absl::StatusOr<v1::AssessResponse>>> calls;
  for (int i = 0; i < 200; ++i) calls.push_back(client->AssessFuture(AttemptOn("alice"), briefly_));
  std::string token;
  for (auto& call : calls) {
    const auto answer = call.get();
    if (answer->action() == v1::ACTION_ALLOW) token = answer->attempt_token();
  }
  EXPECT_GE(client->counts().local_allows, 1U);
  EXPECT_LE(client->counts().local_allows, 20U) << "one, and one more a second";
  // Nobody was charged, so there is nothing to settle.
  EXPECT_EQ(client->ReportBlocking(ReportOf(token, v1::OUTCOME_WRONG))->settlement(),
            v1::ReportResponse::SETTLEMENT_UNSPECIFIED);
}

TEST_F(NobodyThereTest, FailingSaysWhy) {
  const auto client = MakeClient({.server = address_, .fail_mode = FailMode::kFail});
  ASSERT_TRUE(Eventually([&] { return client->counts().streams_lost > 0; }));
  const auto answer = client->AssessBlocking(AttemptOn("alice"), briefly_);
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr(address_));
  EXPECT_EQ(client->ReportBlocking(ReportOf("token", v1::OUTCOME_WRONG), briefly_).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(NobodyThereTest, ADeadlineThatHasPassedIsAnsweredAtOnce) {
  const auto client = MakeClient({.server = address_, .fail_mode = FailMode::kFail});
  EXPECT_EQ(client->AssessBlocking(AttemptOn("alice"), {.timeout = milliseconds(0)}).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST_F(NobodyThereTest, TriesToConnectRestLongerAndLonger) {
  const auto client =
      MakeClient({.server = address_, .rest_first = milliseconds(1), .rest_max = seconds(3600)});
  std::this_thread::sleep_for(seconds(1));
  // 1, 2, 4, … ms, each at least halved: a second has room for eleven.
  EXPECT_LE(client->counts().streams_lost, 12U);
}

}  // namespace
}  // namespace latchkey
