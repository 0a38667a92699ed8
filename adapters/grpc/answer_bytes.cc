#include "adapters/grpc/answer_bytes.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <cstring>

#include "adapters/grpc/guard_codec.h"
#include "engine/base/check.h"

namespace latchkey {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

// Writes fields in the order in which they come, where there is room for all of them; those that have their
// usual value are left out, as in every message.
class FieldWriter {
 public:
  explicit FieldWriter(uint8_t* at) : at_(at) {}

  [[nodiscard]] uint8_t* at() const { return at_; }

  void Number(int field, int64_t value) {
    if (value == 0) return;
    Tag(field, WireFormatLite::WIRETYPE_VARINT);
    at_ = CodedOutputStream::WriteVarint64ToArray(static_cast<uint64_t>(value), at_);
  }
  void Text(int field, std::string_view text) {
    if (text.empty()) return;
    Tag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
    at_ = CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(text.size()), at_);
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  // `write` writes the fields of the message in it.
  template <typename Write>
  void Message(int field, Write write) {
    Tag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
    uint8_t* const begin = at_++;  // Nearly all sizes take one byte.
    write();
    const auto size = static_cast<size_t>(at_ - begin - 1);
    const size_t more = CodedOutputStream::VarintSize32(static_cast<uint32_t>(size)) - 1;
    if (more > 0) std::memmove(begin + 1 + more, begin + 1, size);
    at_ += more;
    CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(size), begin);
  }
  void Numbers(int field, std::span<const ChallengeKind> values) {
    if (values.empty()) return;
    Message(field, [&] {
      for (const ChallengeKind value : values)
        at_ = CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(value), at_);
    });
  }
  void Time(int field, TimePoint time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    Span(field, seconds.time_since_epoch().count(), time - seconds);
  }
  void Wait(int field, Duration wait) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait);
    Span(field, seconds.count(), wait - seconds);
  }

 private:
  void Tag(int field, WireFormatLite::WireType type) {
    at_ = WireFormatLite::WriteTagToArray(field, type, at_);
  }
  // Timestamps and durations have the same fields.
  void Span(int field, int64_t seconds, std::chrono::nanoseconds rest) {
    constexpr int kSeconds = google::protobuf::Timestamp::kSecondsFieldNumber;
    constexpr int kNanos = google::protobuf::Timestamp::kNanosFieldNumber;
    static_assert(kSeconds == int{google::protobuf::Duration::kSecondsFieldNumber} &&
                  kNanos == int{google::protobuf::Duration::kNanosFieldNumber});
    Message(field, [&] {
      Number(kSeconds, seconds);
      Number(kNanos, rest.count());
    });
  }

  uint8_t* at_;
};

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

void WriteAnswer(FieldWriter& out, const Decision& decision, std::span<const ChallengeKind> kinds) {
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

// Numbers, times and sizes of a message of ours take less.
constexpr size_t kFixedMax = 320;

size_t RoomFor(const Decision& decision, std::span<const ChallengeKind> kinds) {
  const auto of_reason = [](const LimitReport& reason) {
    return kFixedMax + reason.rule.size() + reason.counter.size();
  };
  size_t room =
      kFixedMax + decision.challenge_id.size() + decision.attempt_token.size() + 2 * 10 * kinds.size();
  for (const LimitReport& reason : decision.verdict.reasons) room += of_reason(reason);
  for (const LaneFall& fall : decision.verdict.falls) room += of_reason(fall.reason);
  return room;
}

}  // namespace

AnswerBytes::AnswerBytes(const Decision& decision, std::span<const ChallengeKind> kinds) {
  const size_t room = RoomFor(decision, kinds);
  if (room > usual_.size()) unusual_ = std::make_unique<uint8_t[]>(room);
  uint8_t* const begin = unusual_ == nullptr ? usual_.data() : unusual_.get();
  FieldWriter out(begin);
  WriteAnswer(out, decision, kinds);
  size_ = static_cast<size_t>(out.at() - begin);
  LATCHKEY_CHECK(size_ <= room);
}

}  // namespace latchkey
