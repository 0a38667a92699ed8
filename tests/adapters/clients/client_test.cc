// The client while its stream holds: forms of asking, frames, order, bounds, deadlines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/adapters/clients/client_calls.h"
#include "tests/adapters/clients/fake_latchkey.h"

namespace latchkey {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using Assessed = std::future<absl::StatusOr<v1::AssessResponse>>;

std::vector<Assessed> AskAbout(Client& client, int accounts, CallOptions options = kPatiently) {
  std::vector<Assessed> calls;
  for (int i = 0; i < accounts; ++i) {
    calls.push_back(client.AssessFuture(AttemptOn(std::to_string(i)), options));
  }
  return calls;
}

void ExpectOwnAnswers(std::vector<Assessed>& calls) {
  for (size_t i = 0; i < calls.size(); ++i) {
    const auto answer = calls[i].get();
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->decision_id(), std::to_string(i));
  }
}

TEST(ClientTest, ALoginAsCoroutineAsFutureAndBlocking) {
  const FakeLatchkey server(AnswerAll);
  const auto client = MakeClient({.server = server.address()});
  std::promise<absl::StatusOr<v1::ReportResponse>> settled;
  [](Client& asked, auto& done) -> Detached {
    const auto answer = co_await asked.Assess(AttemptOn("alice"), kPatiently);
    EXPECT_EQ(answer->action(), v1::ACTION_ALLOW);
    done.set_value(
        co_await asked.Report(ReportOf(answer->attempt_token(), v1::OUTCOME_LOGIN_COMPLETE), kPatiently));
  }(*client, settled);
  EXPECT_EQ(settled.get_future().get()->settlement(), v1::ReportResponse::SETTLEMENT_SETTLED);

  EXPECT_EQ(client->AssessFuture(AttemptOn("bob"), kPatiently).get()->decision_id(), "bob");
  EXPECT_TRUE(client->ReportFuture(ReportOf("token-bob", v1::OUTCOME_WRONG), kPatiently).get().ok());
  EXPECT_EQ(client->AssessBlocking(AttemptOn("carol"), kPatiently)->decision_id(), "carol");
  EXPECT_TRUE(client->ReportBlocking(ReportOf("token-carol", v1::OUTCOME_WRONG), kPatiently).ok());
}

TEST(ClientTest, CoroutinesGoOnWhereTheyAreToldTo) {
  const FakeLatchkey server(AnswerAll);
  std::promise<std::function<void()>> handed_over;
  const auto client = MakeClient({.server = server.address(), .resume_on = [&](std::function<void()> rest) {
                                    handed_over.set_value(std::move(rest));
                                  }});
  std::thread::id resumed;
  [](Client& asked, std::thread::id& where) -> Detached {
    const auto answer = co_await asked.Assess(AttemptOn("alice"), kPatiently);
    EXPECT_TRUE(answer.ok());
    where = std::this_thread::get_id();
  }(*client, resumed);
  handed_over.get_future().get()();
  EXPECT_EQ(resumed, std::this_thread::get_id());
}

TEST(ClientTest, AnswersFindTheirCallsInAnyOrder) {
  const FakeLatchkey server([](FakeLatchkey::Stream& stream, int) {
    std::vector<v1::ConverseItem> items = ReadItems(stream, 50);
    std::reverse(items.begin(), items.end());
    Answer(stream, items);
    return AnswerAll(stream, 0);
  });
  const auto client = MakeClient({.server = server.address()});
  std::vector<Assessed> calls = AskAbout(*client, 50);
  ExpectOwnAnswers(calls);
}

TEST(ClientTest, AnswersThatCameAlreadyOrWereNeverAskedForHurtNobody) {
  const FakeLatchkey server([](FakeLatchkey::Stream& stream, int) {
    const std::vector<v1::ConverseItem> items = ReadItems(stream, 10);
    v1::ConverseItem never_asked;
    never_asked.mutable_assess()->set_account("mallory");
    never_asked.set_correlation_id(4711);
    Answer(stream, {never_asked});
    Answer(stream, items);
    Answer(stream, items);
    return AnswerAll(stream, 0);
  });
  const auto client = MakeClient({.server = server.address()});
  std::vector<Assessed> calls = AskAbout(*client, 10);
  ExpectOwnAnswers(calls);
  EXPECT_TRUE(Eventually([&] { return client->counts().answers_unknown == 11; }));
  EXPECT_EQ(client->counts().answers, 10U);
}

TEST(ClientTest, AnAnswerOfTheWrongKindIsNone) {
  const FakeLatchkey server([](FakeLatchkey::Stream& stream, int) {
    for (v1::ConverseItem item : ReadItems(stream, 2)) {
      v1::ConverseResponse frame;
      frame.add_answers()->set_correlation_id(item.correlation_id());
      if (item.has_report()) frame.mutable_answers(0)->mutable_assess()->set_action(v1::ACTION_ALLOW);
      stream.Write(frame);
    }
    return AnswerAll(stream, 0);
  });
  const auto client = MakeClient({.server = server.address()});
  auto assessed = client->AssessFuture(AttemptOn("alice"), kPatiently);
  auto reported = client->ReportFuture(ReportOf("token", v1::OUTCOME_WRONG), kPatiently);
  EXPECT_EQ(assessed.get()->action(), v1::ACTION_THROTTLE);
  EXPECT_EQ(reported.get().status().code(), absl::StatusCode::kInternal);
}

TEST(ClientTest, MistakesOfTheCallerAreStatusesInEveryFailMode) {
  const FakeLatchkey server([](FakeLatchkey::Stream& stream, int) {
    for (const v1::ConverseItem& item : ReadItems(stream, 1)) {
      v1::ConverseResponse frame;
      frame.add_answers()->set_correlation_id(item.correlation_id());
      frame.mutable_answers(0)->mutable_problem()->set_code(3);
      frame.mutable_answers(0)->mutable_problem()->set_message("source: is not an address");
      stream.Write(frame);
    }
    return AnswerAll(stream, 0);
  });
  for (const FailMode mode : {FailMode::kRefuse, FailMode::kAllow, FailMode::kFail}) {
    const auto client = MakeClient({.server = server.address(), .fail_mode = mode});
    EXPECT_EQ(client->AssessBlocking(AttemptOn("alice"), kPatiently).status(),
              absl::InvalidArgumentError("source: is not an address"));
    // What no server could parse does not even leave: it would take the others of its frame along.
    EXPECT_EQ(client->AssessBlocking(AttemptOn("caf\xE9"), kPatiently).status(),
              absl::InvalidArgumentError("account: is not UTF-8"));
    EXPECT_TRUE(client->AssessBlocking(AttemptOn("alice"), kPatiently).ok());
  }
}

TEST(ClientTest, AThousandCallsOfEightThreadsLeaveInFarFewerFrames) {
  const FakeLatchkey server(AnswerAll);
  const auto client = MakeClient({.server = server.address()});
  ASSERT_TRUE(Eventually([&] { return client->counts().connected; }));
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&client] {
      std::vector<Assessed> calls = AskAbout(*client, 125);
      ExpectOwnAnswers(calls);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const ClientCounts counts = client->counts();
  EXPECT_EQ(counts.items, 1000U);
  EXPECT_EQ(counts.answers, 1000U);
  EXPECT_LT(counts.frames, 500U);
  RecordProperty("frames", static_cast<int>(counts.frames));
}

TEST(ClientTest, FullFramesLeaveWithoutLingering) {
  const FakeLatchkey server(AnswerAll);
  const auto client =
      MakeClient({.server = server.address(), .linger_max = seconds(3600), .items_per_frame_max = 10});
  std::vector<Assessed> calls = AskAbout(*client, 30);
  ExpectOwnAnswers(calls);
  EXPECT_EQ(client->counts().frames, 3U);
}

TEST(ClientTest, OthersLingerAsLongAsTheyMay) {
  const FakeLatchkey server(AnswerAll);
  const auto client = MakeClient({.server = server.address(), .linger_max = milliseconds(100)});
  ASSERT_TRUE(Eventually([&] { return client->counts().connected; }));
  const auto start = steady_clock::now();
  std::vector<Assessed> calls = AskAbout(*client, 2);
  ExpectOwnAnswers(calls);
  EXPECT_GE(steady_clock::now() - start, milliseconds(100));
}

TEST(ClientTest, NoMoreAreInFlightThanMay) {
  std::atomic<size_t> most{0};
  const FakeLatchkey server([&most](FakeLatchkey::Stream& stream, int) {
    std::vector<v1::ConverseItem> open;
    v1::ConverseRequest frame;
    // Answers one each time as many as may be in flight are.
    while (stream.Read(&frame)) {
      open.insert(open.end(), frame.items().begin(), frame.items().end());
      most = std::max(most.load(), open.size());
      if (open.size() < 4) continue;
      Answer(stream, {open.back()});
      open.pop_back();
    }
    return grpc::Status::OK;
  });
  const auto client = MakeClient({.server = server.address(),
                                  .fail_mode = FailMode::kFail,
                                  .in_flight_max = 4,
                                  .silence_max = seconds(60),
                                  .close_time_max = milliseconds(0)});
  std::vector<Assessed> calls = AskAbout(*client, 20);
  EXPECT_TRUE(Eventually([&] { return client->counts().answers == 17; }));
  EXPECT_EQ(most, 4U);
}

TEST(ClientTest, MoreCallsThanMayWaitAreAnsweredAtOnce) {
  const FakeLatchkey server([](FakeLatchkey::Stream& stream, int) {
    ReadItems(stream, 1000);
    return grpc::Status::OK;
  });
  const auto client = MakeClient({.server = server.address(),
                                  .fail_mode = FailMode::kFail,
                                  .calls_max = 3,
                                  .silence_max = seconds(60),
                                  .close_time_max = milliseconds(0)});
  std::vector<Assessed> calls = AskAbout(*client, 3);
  EXPECT_EQ(client->AssessBlocking(AttemptOn("alice"), kPatiently).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(ClientTest, AnAllowThatComesTooLateIsGivenBack) {
  std::promise<void> deadline_passed;
  std::promise<v1::ReportRequest> reported;
  const FakeLatchkey server([&](FakeLatchkey::Stream& stream, int) {
    const std::vector<v1::ConverseItem> items = ReadItems(stream, 1);
    deadline_passed.get_future().wait();
    Answer(stream, items);
    for (const v1::ConverseItem& item : ReadItems(stream, 1)) reported.set_value(item.report());
    return AnswerAll(stream, 0);
  });
  const auto client = MakeClient({.server = server.address(), .silence_max = seconds(60)});
  ASSERT_TRUE(Eventually([&] { return client->counts().connected; }));
  const auto answer = client->AssessBlocking(AttemptOn("alice"), {.timeout = milliseconds(500)});
  EXPECT_EQ(answer->action(), v1::ACTION_THROTTLE);
  deadline_passed.set_value();
  const v1::ReportRequest report = reported.get_future().get();
  EXPECT_EQ(report.attempt_token(), "token-alice");
  EXPECT_EQ(report.outcome(), v1::OUTCOME_NOT_VERIFIED);
  EXPECT_EQ(client->counts().given_back, 1U);
}

TEST(ClientTest, WhatMayHaveBeenVerifiedAnywayIsNotGivenBack) {
  for (const FailMode mode : {FailMode::kAllow, FailMode::kFail}) {
    std::promise<void> deadline_passed;
    const FakeLatchkey server([&](FakeLatchkey::Stream& stream, int) {
      const std::vector<v1::ConverseItem> items = ReadItems(stream, 1);
      deadline_passed.get_future().wait();
      Answer(stream, items);
      return AnswerAll(stream, 0);
    });
    const auto client =
        MakeClient({.server = server.address(), .fail_mode = mode, .silence_max = seconds(60)});
    ASSERT_TRUE(Eventually([&] { return client->counts().connected; }));
    (void)client->AssessBlocking(AttemptOn("alice"), {.timeout = milliseconds(500)});
    deadline_passed.set_value();
    EXPECT_TRUE(Eventually([&] { return client->counts().answers_late == 1; }));
    EXPECT_EQ(client->counts().given_back, 0U);
  }
}

TEST(ClientTest, ClosingWaitsForAnswersThatAreOwed) {
  std::promise<void> go_on;
  const FakeLatchkey server([&](FakeLatchkey::Stream& stream, int) {
    const std::vector<v1::ConverseItem> items = ReadItems(stream, 1);
    go_on.get_future().wait();
    Answer(stream, items);
    return AnswerAll(stream, 0);
  });
  auto client =
      MakeClient({.server = server.address(), .silence_max = seconds(60), .close_time_max = seconds(60)});
  auto reported = client->ReportFuture(ReportOf("token", v1::OUTCOME_WRONG), kPatiently);
  std::thread closing([&] { client.reset(); });
  EXPECT_EQ(reported.wait_for(milliseconds(50)), std::future_status::timeout);
  go_on.set_value();
  EXPECT_TRUE(reported.get().ok());
  closing.join();
}

TEST(ClientTest, ClosingDoesNotWaitForever) {
  const FakeLatchkey server([](FakeLatchkey::Stream& stream, int) {
    ReadItems(stream, 1000);
    return grpc::Status::OK;
  });
  auto client = MakeClient(
      {.server = server.address(), .silence_max = seconds(60), .close_time_max = milliseconds(100)});
  auto assessed = client->AssessFuture(AttemptOn("alice"), kPatiently);
  auto reported = client->ReportFuture(ReportOf("token", v1::OUTCOME_WRONG), kPatiently);
  client.reset();
  EXPECT_EQ(assessed.get()->action(), v1::ACTION_THROTTLE);
  EXPECT_EQ(reported.get().status().code(), absl::StatusCode::kCancelled);
}

TEST(ClientTest, OptionsThatCannotBeAreRefused) {
  const auto code_of = [](const ClientOptions& options) { return Client::Create(options).status().code(); };
  EXPECT_EQ(code_of({.server = ""}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code_of({.items_per_frame_max = 257}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code_of({.timeout = milliseconds(0)}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code_of({.rest_first = seconds(9), .rest_max = seconds(1)}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code_of({.tls_certificate = "cert.pem"}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code_of({.tls_ca = "no-such-file.pem"}), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace latchkey
