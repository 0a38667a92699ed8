#include "adapters/grpc/answer_bytes.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "adapters/grpc/guard_codec.h"

namespace latchkey {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): units of time

v1::AssessResponse MessageOf(Decision decision, const std::vector<ChallengeKind>& kinds) {
  google::protobuf::RepeatedField<int> numbers;
  for (const ChallengeKind kind : kinds) numbers.Add(static_cast<int>(kind));
  v1::AssessResponse message;
  Encode(std::move(decision), numbers, &message);
  return message;
}

class RandomAnswer {
 public:
  explicit RandomAnswer(uint64_t seed) : dice_(seed) {}

  Decision Next() {
    Decision decision{.id = dice_() >> 1U, .at = Moment()};
    Verdict& verdict = decision.verdict;
    verdict.action = static_cast<Action>(1 + Below(4));
    verdict.lane = static_cast<Lane>(Below(5));
    verdict.scope = static_cast<Scope>(1 + Below(6));
    std::vector<LimitReport> reasons(Below(11));
    for (LimitReport& reason : reasons) reason = Reason();
    verdict.reasons = std::move(reasons);
    for (uint64_t n = Below(3); n > 0; --n)
      verdict.falls.push_back({.lane = static_cast<Lane>(Below(4)), .reason = Reason()});
    if (Coin()) verdict.until = Moment();
    verdict.retry_after = Span();
    if (Coin()) verdict.way_up = static_cast<Lane>(Below(5));
    verdict.advise_second_factor = Coin();
    verdict.advise_notify_owner = Coin();
    if (Coin()) verdict.shadow_action = static_cast<Action>(1 + Below(4));
    decision.policy_revision = Number();
    decision.degraded = Coin();
    if (Coin())
      decision.shadow = ShadowAnswer{.policy_revision = Number(),
                                     .action = static_cast<Action>(1 + Below(4)),
                                     .lane = static_cast<Lane>(Below(5)),
                                     .charge = {}};
    if (Coin()) decision.attempt_token = Text(2048);
    decision.attempt_token_expires = Moment();
    if (Coin()) decision.challenge_id = Text(200);
    decision.challenge_expires = Moment();
    return decision;
  }

  std::vector<ChallengeKind> Kinds() {
    std::vector<ChallengeKind> kinds(Below(9));
    for (ChallengeKind& kind : kinds) kind = static_cast<ChallengeKind>(1 + Below(4));
    return kinds;
  }

 private:
  uint64_t Below(uint64_t bound) { return dice_() % bound; }
  bool Coin() { return Below(2) == 0; }
  std::string Text(uint64_t most) { return std::string(Below(2) * Below(most), 'x'); }
  // Of any number of digits, zero among them.
  int64_t Number() { return static_cast<int64_t>(dice_() >> 1U >> Below(64)); }
  Duration Span() { return Duration(static_cast<int64_t>(Below(2) * Below(1'000'000))); }
  TimePoint Moment() { return TimePoint(Duration(static_cast<int64_t>(Below(4'000'000'000'000)))); }
  LimitReport Reason() {
    LimitReport reason{.rule = Text(64),
                       .limit_index = static_cast<int>(Below(200)),
                       .counter = Text(100),
                       .count = Number(),
                       .above = Number(),
                       .window = Span(),
                       .then = Consequence::kThrottle,
                       .scope = static_cast<Scope>(1 + Below(6)),
                       .provisional = Coin(),
                       .soon = Coin(),
                       .until = {}};
    if (Coin() && !reason.soon) reason.until = Moment();
    return reason;
  }

  std::mt19937_64 dice_;
};

TEST(AnswerBytesTest, AreThoseOfTheMessage) {
  size_t longest = 0;
  for (uint64_t seed = 1; seed <= 2000 && !HasFailure(); ++seed) {
    RandomAnswer random(seed);
    const Decision decision = random.Next();
    const std::vector<ChallengeKind> kinds = random.Kinds();
    const AnswerBytes bytes(decision, kinds);
    const v1::AssessResponse message = MessageOf(decision, kinds);
    EXPECT_EQ(bytes.view(), message.SerializeAsString()) << "seed " << seed << ": " << message.DebugString();
    longest = std::max(longest, bytes.view().size());
  }
  EXPECT_GT(longest, 2048U) << "some have to ask for memory";
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
