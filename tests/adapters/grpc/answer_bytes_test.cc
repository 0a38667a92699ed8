#include "adapters/grpc/answer_bytes.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/adapters/grpc/random_answers.h"

namespace latchkey {
namespace {

TEST(AnswerBytesTest, AreThoseOfTheMessage) {
  size_t longest = 0;
  for (uint64_t seed = 1; seed <= 2000 && !HasFailure(); ++seed) {
    RandomAnswers random(seed);
    const Decision decision = random.Next();
    const std::vector<ChallengeKind> kinds = random.Kinds();
    const AnswerBytes bytes(decision, kinds);
    const v1::AssessResponse message = MessageOf(decision, kinds);
    EXPECT_EQ(bytes.view(), message.SerializeAsString()) << "seed " << seed << ": " << message.DebugString();
    longest = std::max(longest, bytes.view().size());
  }
  EXPECT_GT(longest, 2048U) << "some have to ask for memory";
}

TEST(AnswerBytesTest, OfAReportAreThoseOfItsMessage) {
  for (uint64_t seed = 1; seed <= 500 && !HasFailure(); ++seed) {
    const ReportResult result = RandomAnswers(seed).NextReport();
    EXPECT_EQ(AnswerBytes(result).view(), MessageOf(result).SerializeAsString()) << "seed " << seed;
  }
}

TEST(AnswerBytesTest, HaveRoomForTheLargestNumbers) {
  LimitReport reason;
  reason.count = reason.above = INT64_MIN;
  reason.limit_index = INT32_MIN;
  Decision decision;
  decision.verdict.reasons = std::vector<LimitReport>(kReasonsMax, reason);
  decision.verdict.until = decision.attempt_token_expires = TimePoint(Duration(253'402'300'799'999));
  decision.policy_revision = INT64_MIN;
  decision.challenge_id = decision.attempt_token = "t";
  EXPECT_EQ(AnswerBytes(decision, {}).view(), MessageOf(decision, {}).SerializeAsString());
}

}  // namespace
}  // namespace latchkey
