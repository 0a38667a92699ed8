// Converse and RecordEvents over a real channel.
#include <grpcpp/generic/generic_stub.h>

#include <thread>

#include "adapters/grpc/converse_reactor.h"
#include "adapters/grpc/wire_values.h"
#include "tests/adapters/grpc/guard_fixture.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class ConverseTest : public GuardServerTest {
 protected:
  using Stream = grpc::ClientReaderWriter<v1::ConverseRequest, v1::ConverseResponse>;

  // Reads answers until `count` have come.
  static std::map<uint64_t, v1::ConverseAnswer> Read(Stream& stream, size_t count) {
    std::map<uint64_t, v1::ConverseAnswer> answers;
    v1::ConverseResponse response;
    while (answers.size() < count && stream.Read(&response)) {
      for (const v1::ConverseAnswer& answer : response.answers()) answers[answer.correlation_id()] = answer;
    }
    return answers;
  }
};

TEST_F(ConverseTest, ManyItemsInAFrameAreEachAnsweredAndAWrongOneHurtsNoOther) {
  auto context = As("shop-key");
  auto stream = stub_->Converse(context.get());
  v1::ConverseRequest frame;
  for (uint64_t i = 0; i < 64; ++i) {
    auto* item = frame.add_items();
    item->set_correlation_id(i);
    *item->mutable_assess() = Login("account-" + std::to_string(i));
    if (i == 7) item->mutable_assess()->set_source("nowhere");
    if (i == 8) item->clear_item();
  }
  ASSERT_TRUE(stream->Write(frame));
  const auto answers = Read(*stream, 64);
  ASSERT_EQ(answers.size(), 64U);
  EXPECT_EQ(answers.at(7).problem().code(), 3);
  EXPECT_EQ(answers.at(7).problem().field(), "source");
  EXPECT_EQ(answers.at(8).problem().code(), 3);
  EXPECT_EQ(answers.at(9).assess().action(), v1::ACTION_ALLOW);

  v1::ConverseRequest reports;
  auto* item = reports.add_items();
  item->set_correlation_id(1000);
  item->mutable_report()->set_attempt_token(answers.at(9).assess().attempt_token());
  item->mutable_report()->set_outcome(v1::OUTCOME_LOGIN_COMPLETE);
  ASSERT_TRUE(stream->Write(reports));
  EXPECT_FALSE(Read(*stream, 1).at(1000).report().device_token().empty());
  stream->WritesDone();
  v1::ConverseResponse none;
  EXPECT_FALSE(stream->Read(&none));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(ConverseTest, AThousandFramesInFlightAreAllAnswered) {
  auto context = As("shop-key");
  auto stream = stub_->Converse(context.get());
  std::thread writer([&] {
    for (uint64_t i = 0; i < 1000; ++i) {
      v1::ConverseRequest frame;
      for (uint64_t j = 0; j < 8; ++j) {
        auto* item = frame.add_items();
        item->set_correlation_id(i * 8 + j);
        *item->mutable_assess() = Login("account-" + std::to_string(i * 8 + j));
      }
      ASSERT_TRUE(stream->Write(frame));
    }
    stream->WritesDone();
  });
  EXPECT_EQ(Read(*stream, 8000).size(), 8000U);
  writer.join();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(ConverseTest, AFrameThatIsTooLongEndsTheStreamAndCountsNothing) {
  auto context = As("shop-key");
  auto stream = stub_->Converse(context.get());
  v1::ConverseRequest frame;
  for (int i = 0; i <= ConverseReactor::kItemsPerFrameMax; ++i)
    *frame.add_items()->mutable_assess() = Login("alice");
  stream->Write(frame);
  EXPECT_TRUE(Read(*stream, 1).empty());
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(engine_.store.metrics().entries, 0U);
}

TEST_F(ConverseTest, StrangersToTheServiceGetNoStream) {
  auto context = As("guess");
  auto stream = stub_->Converse(context.get());
  EXPECT_TRUE(Read(*stream, 1).empty());
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(ConverseTest, AKeyThatIsTakenAwayEndsItsStreams) {
  auto context = As("shop-key");
  auto stream = stub_->Converse(context.get());
  v1::ConverseRequest frame;
  *frame.add_items()->mutable_assess() = Login("alice");
  ASSERT_TRUE(stream->Write(frame));
  EXPECT_EQ(Read(*stream, 1).size(), 1U);
  auth_.Replace({});
  stream->Write(frame);
  EXPECT_TRUE(Read(*stream, 1).empty());
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(ConverseTest, DrainingEndsAnIdleStream) {
  auto context = As("shop-key");
  auto stream = stub_->Converse(context.get());
  v1::ConverseRequest frame;
  *frame.add_items()->mutable_assess() = Login("alice");
  ASSERT_TRUE(stream->Write(frame));
  EXPECT_EQ(Read(*stream, 1).size(), 1U);
  const auto begin = std::chrono::steady_clock::now();
  server_->Drain(Duration(0), seconds(10));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(8));
  EXPECT_TRUE(Read(*stream, 1).empty());
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ConverseTest, WhoDoesNotReadHisAnswersIsReadNoFurtherUntilHeDoes) {
  grpc::CompletionQueue queue;
  const auto context = As("shop-key");
  auto stream = stub_->PrepareAsyncConverse(context.get(), &queue);
  // Their addresses are the tags.
  char start = 0;
  char write = 0;
  char read = 0;
  // What was done next; null when nothing is for so long.
  const auto next = [&queue](Duration patience) -> void* {
    void* tag = nullptr;
    bool ok = false;
    const auto until = std::chrono::system_clock::now() + patience;
    if (queue.AsyncNext(&tag, &ok, until) != grpc::CompletionQueue::GOT_EVENT) return nullptr;
    EXPECT_TRUE(ok);
    return tag;
  };
  v1::ConverseRequest frame;
  // Reports of no attempt: so much is quickly answered, and no window of the transport holds all frames.
  for (int i = 0; i < ConverseReactor::kItemsPerFrameMax; ++i)
    frame.add_items()->mutable_report()->set_device_name(std::string(60, 'x'));
  stream->StartCall(&start);
  ASSERT_EQ(next(seconds(20)), &start);
  int sent = 0;
  do {
    stream->Write(frame, &write);
    ++sent;
  } while (sent < 5000 && next(std::chrono::milliseconds(300)) == &write);
  EXPECT_LT(sent, 5000) << "they are kept in the server's memory";
  int answered = 0;
  v1::ConverseResponse answers;
  stream->Read(&answers, &read);
  while (answered < sent * ConverseReactor::kItemsPerFrameMax) {
    const void* const done = next(seconds(20));
    ASSERT_NE(done, nullptr) << answered;
    if (done != &read) continue;
    answered += answers.answers_size();
    stream->Read(&answers, &read);
  }
  context->TryCancel();
  queue.Shutdown();
  void* last = nullptr;
  bool ok = false;
  while (queue.Next(&last, &ok)) {
  }
}

// A caller that sends whatever bytes it likes, one frame, and reads answers until the stream has ended.
class RawConverseTest : public ConverseTest {
 protected:
  struct Heard {
    std::map<uint64_t, v1::ConverseAnswer> answers;
    grpc::Status end;
  };
  Heard Say(const std::string& bytes) {
    grpc::GenericStub stub(grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()),
                                               grpc::InsecureChannelCredentials()));
    grpc::CompletionQueue queue;
    const auto finished = [&queue] {
      void* tag = nullptr;
      bool ok = false;
      return queue.Next(&tag, &ok) && ok;
    };
    const auto context = As("shop-key");
    auto call = stub.PrepareCall(context.get(), "/latchkey.v1.LoginGuardService/Converse", &queue);
    Heard heard;
    call->StartCall(nullptr);
    EXPECT_TRUE(finished());
    const grpc::Slice slice(bytes);
    call->WriteLast(grpc::ByteBuffer(&slice, 1), {}, nullptr);
    EXPECT_TRUE(finished());
    grpc::ByteBuffer answer;
    for (call->Read(&answer, nullptr); finished(); call->Read(&answer, nullptr)) {
      v1::ConverseResponse response;
      grpc::Slice whole;
      EXPECT_TRUE(answer.DumpToSingleSlice(&whole).ok());
      EXPECT_TRUE(response.ParseFromArray(whole.begin(), static_cast<int>(whole.size())));
      for (const v1::ConverseAnswer& one : response.answers()) heard.answers[one.correlation_id()] = one;
    }
    call->Finish(&heard.end, nullptr);
    finished();
    return heard;
  }
};

TEST_F(RawConverseTest, BytesThatAreNoFrameEndTheStreamAndCountNothing) {
  v1::ConverseRequest frame;
  *frame.add_items()->mutable_assess() = Login("alice");
  const std::string whole = frame.SerializeAsString();
  const Heard heard = Say(whole + whole.substr(0, whole.size() - 1));
  EXPECT_TRUE(heard.answers.empty());
  EXPECT_EQ(heard.end.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(engine_.store.metrics().entries, 0U);
  EXPECT_EQ(Say(whole + whole).answers.at(0).assess().action(), v1::ACTION_ALLOW);
}

TEST_F(RawConverseTest, AnItemWhoseBytesAreNoRequestHurtsNoOther) {
  const std::string no_assess("\x12\x02\x0A\x7F", 4);  // an account of 127 bytes, of which there is none
  const std::string no_report("\x08\x01\x1A\x02\x0A\x7F", 6);
  v1::ConverseRequest last;
  last.add_items()->set_correlation_id(2);
  *last.mutable_items(0)->mutable_assess() = Login("alice");
  const Heard heard = Say(std::string("\x0A\x04") + no_assess + std::string("\x0A\x06") + no_report +
                          last.SerializeAsString());
  ASSERT_EQ(heard.answers.size(), 3U);
  EXPECT_EQ(heard.answers.at(0).problem().code(), 3);
  EXPECT_EQ(heard.answers.at(1).problem().code(), 3);
  EXPECT_EQ(heard.answers.at(2).assess().action(), v1::ACTION_ALLOW);
  EXPECT_TRUE(heard.end.ok()) << heard.end.error_message();
}

TEST_F(RawConverseTest, FieldsOfALaterClientHinderNothing) {
  const std::string later("\xFA\x7F\x02hi", 5);  // field 2047
  v1::ConverseRequest frame;
  for (uint64_t i = 0; i < 3; ++i) {
    auto* const item = frame.add_items();
    item->set_correlation_id(i);
    *item->mutable_assess() = Login("account-" + std::to_string(i));
  }
  ASSERT_TRUE(frame.mutable_items(0)->MergeFromString(later));
  ASSERT_TRUE(frame.mutable_items(1)->mutable_assess()->MergeFromString(later));
  ASSERT_TRUE(frame.MergeFromString(later));
  const Heard heard = Say(frame.SerializeAsString());
  ASSERT_EQ(heard.answers.size(), 3U);
  for (const auto& [id, answer] : heard.answers) EXPECT_EQ(answer.assess().action(), v1::ACTION_ALLOW) << id;
  EXPECT_TRUE(heard.end.ok()) << heard.end.error_message();
}

class RecordEventsTest : public GuardServerTest {
 protected:
  v1::LoginEvent Event(const std::string& account, const std::string& source, v1::Outcome outcome,
                       Duration ago) {
    v1::LoginEvent event;
    event.set_account(account);
    event.set_source(source);
    event.set_outcome(outcome);
    EncodeTime(engine_.clock.Now() - ago, event.mutable_occur_time());
    return event;
  }

  grpc::Status Record(const std::string& key, const std::vector<v1::LoginEvent>& events, bool import,
                      v1::RecordEventsResponse* response) {
    auto context = As(key);
    auto stream = stub_->RecordEvents(context.get(), response);
    v1::RecordEventsRequest frame;
    frame.set_import_logins(import);
    for (const v1::LoginEvent& event : events) {
      *frame.add_events() = event;
      if (frame.events_size() < 1000) continue;
      stream->Write(frame);
      frame.clear_events();
    }
    stream->Write(frame);
    stream->WritesDone();
    return stream->Finish();
  }
};

TEST_F(RecordEventsTest, ALogOfThousandsIsSummedUpByWhomItHitsAndWhy) {
  std::vector<v1::LoginEvent> events;
  for (int i = 0; i < 3000; ++i) {
    events.push_back(
        Event("root", "192.0.2." + std::to_string(i % 200), v1::OUTCOME_WRONG, seconds(3000 - i)));
  }
  events.push_back(Event("alice", "198.51.100.7", v1::OUTCOME_LOGIN_COMPLETE, seconds(1)));
  v1::RecordEventsResponse summary;
  ASSERT_TRUE(Record("shop-key", events, false, &summary).ok());
  EXPECT_EQ(summary.accepted(), 3001);
  EXPECT_EQ(summary.refused(), 0);
  int64_t answers = 0;
  for (const auto& answer : summary.answers()) answers += answer.count();
  EXPECT_EQ(answers, 3001);
  ASSERT_GT(summary.top_accounts_size(), 0);
  EXPECT_EQ(summary.top_accounts(0).account(), "root");
  EXPECT_EQ(summary.top_accounts(0).failures(), 3000);
  EXPECT_GT(summary.top_accounts(0).refused(), 2900);
  EXPECT_EQ(summary.top_accounts(0).sources(), 64);
  ASSERT_GT(summary.rules_size(), 0);
  EXPECT_EQ(summary.top_sources(0).failures(), 15);
  EXPECT_EQ(summary.sources_remembered(), 1);
  EXPECT_EQ(Assess(Login("alice", "198.51.100.7")).lane(), v1::LANE_FAMILIAR);
  const TopList top = engine_.stats.TopOf(TopKind::kAccount, engine_.clock.Now()).list;
  EXPECT_EQ(top.entries.at(0).name, "default/root");
  EXPECT_GE(top.entries.at(0).hits, 3000) << "never too low, though nobody collected meanwhile";
}

TEST_F(RecordEventsTest, AKeyThatIsTakenAwayEndsItsStreams) {
  const auto context = As("ops-key");
  v1::RecordEventsResponse summary;
  auto stream = stub_->RecordEvents(context.get(), &summary);
  v1::RecordEventsRequest frame;
  frame.set_import_logins(true);
  *frame.add_events() = Event("alice", "198.51.100.7", v1::OUTCOME_LOGIN_COMPLETE, hours(24));
  ASSERT_TRUE(stream->Write(frame));
  while (engine_.store.metrics().entries == 0) std::this_thread::yield();
  auth_.Replace({});
  frame.mutable_events(0)->set_account("bob");
  stream->Write(frame);
  stream->WritesDone();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(engine_.store.metrics().entries, 1U);
}

TEST_F(RecordEventsTest, SuccessesOfThePastAreNoFailures) {
  std::vector<v1::LoginEvent> events(200,
                                     Event("alice", "198.51.100.7", v1::OUTCOME_LOGIN_COMPLETE, hours(5)));
  v1::RecordEventsResponse summary;
  ASSERT_TRUE(Record("shop-key", events, false, &summary).ok());
  EXPECT_EQ(summary.answers_size(), 1);
  EXPECT_EQ(summary.answers(0).action(), v1::ACTION_ALLOW);
  EXPECT_EQ(Assess(Login("alice", "203.0.113.1")).action(), v1::ACTION_ALLOW);
}

TEST_F(RecordEventsTest, EventsThatAreWrongAreNamedByPositionAndTheRestIsTaken) {
  std::vector<v1::LoginEvent> events(6, Event("alice", "192.0.2.1", v1::OUTCOME_WRONG, minutes(1)));
  events[1].set_source("nowhere");
  events[2].clear_account();
  events[3].set_outcome(v1::OUTCOME_UNSPECIFIED);
  events[4].mutable_occur_time()->set_seconds(1);
  v1::RecordEventsResponse summary;
  ASSERT_TRUE(Record("shop-key", events, false, &summary).ok());
  EXPECT_EQ(summary.accepted(), 2);
  EXPECT_EQ(summary.refused(), 4);
  ASSERT_EQ(summary.refusals_size(), 4);
  EXPECT_EQ(summary.refusals(0).position(), 1);
  EXPECT_EQ(summary.refusals(0).problem().field(), "source");
  EXPECT_EQ(summary.refusals(1).problem().field(), "account");
  EXPECT_EQ(summary.refusals(2).problem().field(), "outcome");
  EXPECT_EQ(summary.refusals(3).problem().field(), "occur_time");
}

TEST_F(RecordEventsTest, OnlyOperatorsImportAndImportedSourcesAreFamiliar) {
  std::vector<v1::LoginEvent> events;
  for (int i = 0; i < 100; ++i) {
    const std::string account = "account-" + std::to_string(i);
    events.push_back(Event(account, "198.51.100.7", v1::OUTCOME_LOGIN_COMPLETE, hours(24)));
    events.push_back(Event(account, "203.0.113.5", v1::OUTCOME_WRONG, hours(24)));
  }
  v1::RecordEventsResponse summary;
  EXPECT_EQ(Record("shop-key", events, true, &summary).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  ASSERT_TRUE(Record("ops-key", events, true, &summary).ok());
  EXPECT_EQ(summary.accepted(), 200);
  EXPECT_EQ(summary.sources_remembered(), 100);
  EXPECT_EQ(summary.answers_size(), 0);
  EXPECT_EQ(Assess(Login("account-3", "198.51.100.7")).lane(), v1::LANE_FAMILIAR);
  EXPECT_EQ(Assess(Login("account-3", "203.0.113.5")).lane(), v1::LANE_STRANGER);
}

}  // namespace
}  // namespace latchkey
