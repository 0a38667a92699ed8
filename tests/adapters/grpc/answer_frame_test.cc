#include "adapters/grpc/answer_frame.h"

#include <grpcpp/support/slice.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>

#include "adapters/grpc/status_mapping.h"
#include "tests/adapters/grpc/random_answers.h"

namespace latchkey {
namespace {

std::string BytesIn(const grpc::ByteBuffer& frame) {
  grpc::Slice bytes;
  EXPECT_TRUE(frame.DumpToSingleSlice(&bytes).ok());
  return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

// The same answer in both.
void AddOne(RandomAnswers& random, AnswerFrame& frame, v1::ConverseResponse& message) {
  const auto id = static_cast<uint64_t>(random.Number()) << random.Below(2);
  v1::ConverseAnswer* const answer = message.add_answers();
  answer->set_correlation_id(id);
  switch (random.Below(4)) {
    case 0: {
      const absl::Status status = random.Below(2) == 0 ? absl::InvalidArgumentError("source: not an address")
                                                       : absl::UnavailableError("field: of no request");
      frame.Add(id, status);
      answer->mutable_problem()->set_code(static_cast<int>(status.code()));
      answer->mutable_problem()->set_message(std::string(status.message()));
      if (status.code() == absl::StatusCode::kInvalidArgument) answer->mutable_problem()->set_field("source");
      break;
    }
    case 1: {
      const ReportResult result = random.NextReport();
      frame.Add(id, result);
      *answer->mutable_report() = MessageOf(result);
      break;
    }
    default: {
      const Decision decision = random.Next();
      const std::vector<ChallengeKind> kinds = random.Kinds();
      frame.Add(id, decision, kinds);
      *answer->mutable_assess() = MessageOf(decision, kinds);
      break;
    }
  }
}

TEST(AnswerFrameTest, BytesAreThoseOfTheMessageForAsLongAsSomebodyLooks) {
  struct Sent {
    grpc::ByteBuffer frame;
    std::string expected;
  };
  std::deque<Sent> sent;
  AnswerFrame frame;
  for (uint64_t seed = 1; seed <= 300 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    RandomAnswers random(seed);
    v1::ConverseResponse message;
    EXPECT_TRUE(frame.empty());
    for (uint64_t n = 1 + random.Below(40); n > 0; --n) AddOne(random, frame, message);
    EXPECT_FALSE(frame.empty());
    sent.push_back({frame.Take(), message.SerializeAsString()});
    while (sent.size() > random.Below(8)) {
      EXPECT_EQ(BytesIn(sent.front().frame), sent.front().expected);
      sent.pop_front();
    }
  }
}

TEST(AnswerFrameTest, UsesItsMemoryAgainWhenNobodyLooksAnyMore) {
  AnswerFrame frame;
  const auto send = [&frame] {
    frame.Add(1, ReportResult());
    grpc::ByteBuffer taken = frame.Take();
    grpc::Slice bytes;
    EXPECT_TRUE(taken.TrySingleSlice(&bytes).ok());
    return bytes;
  };
  const uint8_t* const first = send().begin();
  const grpc::Slice again = send();
  EXPECT_EQ(again.begin(), first);
  EXPECT_NE(send().begin(), first) << "somebody looks at it";
}

TEST(AnswerFrameTest, MayEndBeforeItsBytesAreSent) {
  grpc::ByteBuffer taken;
  {
    AnswerFrame frame;
    frame.Add(1, ReportResult());
    grpc::ByteBuffer last = frame.Take();
    taken.Swap(&last);
  }
  v1::ConverseResponse message;
  ASSERT_TRUE(message.ParseFromString(BytesIn(taken)));
  EXPECT_EQ(message.answers(0).correlation_id(), 1U);
}

}  // namespace
}  // namespace latchkey
