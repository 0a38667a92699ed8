#include "adapters/grpc/answer_bytes.h"

#include <algorithm>

#include "adapters/grpc/guard_codec.h"
#include "engine/base/check.h"

namespace latchkey {
namespace {

void WriteReason(FieldWriter& out, const LimitReport& limit, TimePoint decided) {
  using R = v1::Reason;
  out.Text(R::kRuleIdFieldNumber, limit.rule);
  out.Number(R::kLimitIndexFieldNumber, limit.limit_index);
  out.Text(R::kCounterFieldNumber, limit.counter);
  out.Number(R::kCountFieldNumber, limit.count);
  out.Number(R::kLimitFieldNumber, limit.above);
  if (limit.window > Duration::zero()) out.Wait(R::kWindowFieldNumber, limit.window);
  out.Number(R::kScopeFieldNumber, static_cast<int>(limit.scope));
  if (const auto end = limit.EndsAt(decided)) out.Time(R::kEndTimeFieldNumber, *end);
  out.Number(R::kProvisionalFieldNumber, limit.provisional ? 1 : 0);
}

// Numbers, times and sizes of a message of ours take less.
constexpr size_t kFixedMax = 320;

}  // namespace

void WriteAnswer(const Decision& decision, std::span<const ChallengeKind> kinds, FieldWriter& out) {
  using A = v1::AssessResponse;
  const Verdict& verdict = decision.verdict;
  const auto id = DecisionIdChars(decision.id);
  const bool refused = verdict.action != Action::kAllow;
  out.Text(A::kDecisionIdFieldNumber, {id.data(), id.size()});
  out.Number(A::kActionFieldNumber, ToWire(verdict.action));
  out.Number(A::kLaneFieldNumber, ToWire(verdict.lane));
  out.Number(A::kScopeFieldNumber, static_cast<int>(verdict.scope));
  for (size_t i = 0; i < std::min(verdict.reasons.size(), kReasonsMax); ++i)
    out.Message(A::kReasonsFieldNumber, [&] { WriteReason(out, verdict.reasons[i], decision.at); });
  if (refused && verdict.retry_after > Duration::zero())
    out.Wait(A::kRetryAfterFieldNumber, AsTold(verdict.retry_after));
  if (refused && verdict.until) out.Time(A::kEndTimeFieldNumber, *verdict.until);
  if (verdict.way_up) {
    out.Message(A::kNextWayUpFieldNumber, [&] {
      out.Number(v1::NextWayUp::kLaneFieldNumber, ToWire(*verdict.way_up));
      if (*verdict.way_up == Lane::kChallenged) out.Numbers(v1::NextWayUp::kChallengeKindsFieldNumber, kinds);
    });
  }
  if (!decision.challenge_id.empty()) {
    out.Message(A::kChallengeFieldNumber, [&] {
      out.Text(v1::Challenge::kChallengeIdFieldNumber, decision.challenge_id);
      out.Numbers(v1::Challenge::kKindsFieldNumber, kinds);
      out.Time(v1::Challenge::kExpireTimeFieldNumber, decision.challenge_expires);
    });
  }
  if (verdict.advise_second_factor || verdict.advise_notify_owner) {
    out.Message(A::kAdviceFieldNumber, [&] {
      out.Number(v1::Advice::kSecondFactorFieldNumber, verdict.advise_second_factor ? 1 : 0);
      out.Number(v1::Advice::kNotifyOwnerFieldNumber, verdict.advise_notify_owner ? 1 : 0);
    });
  }
  out.Number(A::kPolicyRevisionFieldNumber, decision.policy_revision);
  if (decision.shadow || verdict.shadow_action) {
    out.Message(A::kShadowFieldNumber, [&] {
      using S = v1::ShadowAnswer;
      out.Number(S::kActionFieldNumber,
                 ToWire(decision.shadow ? decision.shadow->action : *verdict.shadow_action));
      out.Number(S::kLaneFieldNumber, ToWire(decision.shadow ? decision.shadow->lane : verdict.lane));
      if (decision.shadow) out.Number(S::kPolicyRevisionFieldNumber, decision.shadow->policy_revision);
    });
  }
  if (!decision.attempt_token.empty()) {
    out.Text(A::kAttemptTokenFieldNumber, decision.attempt_token);
    out.Time(A::kAttemptTokenExpireTimeFieldNumber, decision.attempt_token_expires);
  }
  out.Number(A::kDegradedFieldNumber, decision.degraded ? 1 : 0);
  for (const LaneFall& fall : verdict.falls) {
    out.Message(A::kLaneFallsFieldNumber, [&] {
      out.Number(v1::LaneFall::kLaneFieldNumber, ToWire(fall.lane));
      out.Message(v1::LaneFall::kReasonFieldNumber, [&] { WriteReason(out, fall.reason, decision.at); });
    });
  }
}

void WriteAnswer(const ReportResult& result, FieldWriter& out) {
  using R = v1::ReportResponse;
  out.Number(R::kSettlementFieldNumber, static_cast<int>(result.state) + 1);
  if (!result.device_token.empty()) {
    out.Text(R::kDeviceTokenFieldNumber, result.device_token);
    out.Time(R::kDeviceTokenExpireTimeFieldNumber, result.device_token_expires);
  }
  out.Text(R::kFirstFactorTokenFieldNumber, result.first_factor_token);
  out.Number(R::kSourceRememberedFieldNumber, result.source_remembered ? 1 : 0);
}

size_t AnswerSizeMax(const Decision& decision, std::span<const ChallengeKind> kinds) {
  const auto of_reason = [](const LimitReport& reason) {
    return kFixedMax + reason.rule.size() + reason.counter.size();
  };
  size_t most =
      kFixedMax + decision.challenge_id.size() + decision.attempt_token.size() + 2 * 10 * kinds.size();
  for (const LimitReport& reason : decision.verdict.reasons) most += of_reason(reason);
  for (const LaneFall& fall : decision.verdict.falls) most += of_reason(fall.reason);
  return most;
}

size_t AnswerSizeMax(const ReportResult& result) {
  constexpr size_t kFixed = 64;
  return kFixed + result.device_token.size() + result.first_factor_token.size();
}

AnswerBytes::AnswerBytes(const Decision& decision, std::span<const ChallengeKind> kinds) {
  Write(AnswerSizeMax(decision, kinds), [&](FieldWriter& out) { WriteAnswer(decision, kinds, out); });
}

AnswerBytes::AnswerBytes(const ReportResult& result) {
  Write(AnswerSizeMax(result), [&](FieldWriter& out) { WriteAnswer(result, out); });
}

template <typename WriteInto>
void AnswerBytes::Write(size_t room, WriteInto write_into) {
  if (room > usual_.size()) unusual_ = std::make_unique_for_overwrite<uint8_t[]>(room);
  uint8_t* const begin = unusual_ == nullptr ? usual_.data() : unusual_.get();
  FieldWriter out(begin);
  write_into(out);
  size_ = static_cast<size_t>(out.at() - begin);
  LATCHKEY_CHECK(size_ <= room);
}

}  // namespace latchkey
