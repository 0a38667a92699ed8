// Answers of all kinds, by a seed, and the messages that they make.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "adapters/grpc/guard_codec.h"
#include "adapters/grpc/wire_values.h"

namespace latchkey {

inline v1::AssessResponse MessageOf(Decision decision, const std::vector<ChallengeKind>& kinds) {
  google::protobuf::RepeatedField<int> numbers;
  for (const ChallengeKind kind : kinds) numbers.Add(static_cast<int>(kind));
  v1::AssessResponse message;
  Encode(std::move(decision), numbers, &message);
  return message;
}

inline v1::ReportResponse MessageOf(const ReportResult& result) {
  v1::ReportResponse message;
  message.set_settlement(static_cast<v1::ReportResponse::Settlement>(static_cast<int>(result.state) + 1));
  if (!result.device_token.empty()) {
    message.set_device_token(result.device_token);
    EncodeTime(result.device_token_expires, message.mutable_device_token_expire_time());
  }
  message.set_first_factor_token(result.first_factor_token);
  message.set_source_remembered(result.source_remembered);
  return message;
}

class RandomAnswers {
 public:
  explicit RandomAnswers(uint64_t seed) : dice_(seed) {}

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

  ReportResult NextReport() {
    ReportResult result;
    result.state = static_cast<SettleResult::State>(Below(3));
    result.source_remembered = Coin();
    if (Coin()) result.device_token = Text(300);
    result.device_token_expires = Moment();
    if (Coin()) result.first_factor_token = Text(300);
    return result;
  }

  std::vector<ChallengeKind> Kinds() {
    std::vector<ChallengeKind> kinds(Below(9));
    for (ChallengeKind& kind : kinds) kind = static_cast<ChallengeKind>(1 + Below(4));
    return kinds;
  }

  uint64_t Below(uint64_t bound) { return dice_() % bound; }
  // Of any number of digits, zero among them.
  int64_t Number() { return static_cast<int64_t>(dice_() >> 1U >> Below(64)); }

 private:
  bool Coin() { return Below(2) == 0; }
  std::string Text(uint64_t most) { return std::string(Below(2) * Below(most), 'x'); }
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

}  // namespace latchkey
