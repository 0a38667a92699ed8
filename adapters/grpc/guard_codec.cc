#include "adapters/grpc/guard_codec.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "adapters/grpc/wire_values.h"
#include "engine/attempt/tokens.h"
#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

constexpr int kChallengeKindsMax = 8;
constexpr size_t kTagBytesMax = 2;
constexpr Duration kClockSkewMax = std::chrono::minutes(5);
constexpr size_t kLimitsMax = 32;

absl::StatusOr<std::optional<uint16_t>> DecodeTag(std::string_view field, const std::string& tag) {
  if (tag.empty()) return std::optional<uint16_t>();
  if (tag.size() > kTagBytesMax) return WrongField(field, "must have 1 or 2 bytes");
  uint16_t value = 0;
  for (const char byte : tag) value = static_cast<uint16_t>(value << 8U | static_cast<uint8_t>(byte));
  return std::optional<uint16_t>(value);
}

absl::Status DecodeKinds(const google::protobuf::RepeatedField<int>& kinds, AttemptView& out) {
  if (kinds.size() > kChallengeKindsMax) return WrongField("challenge_kinds", "more than 8");
  for (const int kind : kinds) {
    if (kind == v1::CHALLENGE_KIND_UNSPECIFIED || !v1::ChallengeKind_IsValid(kind)) {
      return WrongField("challenge_kinds", "holds a kind that is not known");
    }
    out.challenge_kinds.push_back(static_cast<ChallengeKind>(kind));
  }
  return absl::OkStatus();
}

absl::StatusOr<BasicChallengeProof<std::string_view>> DecodeProof(const v1::ChallengeProof& proof) {
  if (proof.challenge_id().empty()) return WrongField("challenge_proof.challenge_id", "must not be empty");
  switch (proof.proof_case()) {
    case v1::ChallengeProof::kAttestation: {
      const v1::ChallengeKind kind = proof.attestation().kind();
      if (kind == v1::CHALLENGE_KIND_UNSPECIFIED || !v1::ChallengeKind_IsValid(kind)) {
        return WrongField("challenge_proof.attestation.kind", "is not a known kind");
      }
      return BasicChallengeProof<std::string_view>{proof.challenge_id(), /*attested=*/true};
    }
    case v1::ChallengeProof::kProviderToken:
      // A provider that is not configured must never mean "passed".
      return WrongField("challenge_proof.provider_token.provider", "no such provider is configured here");
    default:
      return WrongField("challenge_proof", "needs an attestation or a provider's token");
  }
}

// What Reason and LimitState share.
template <typename Message>
void EncodeLimit(const LimitReport& limit, const std::optional<TimePoint>& end, Message* out) {
  out->set_rule_id(limit.rule);
  out->set_limit_index(limit.limit_index);
  out->set_counter(limit.counter);
  out->set_count(limit.count);
  out->set_limit(limit.above);
  if (limit.window > Duration::zero()) EncodeDuration(limit.window, out->mutable_window());
  out->set_scope(static_cast<v1::Scope>(limit.scope));
  if (end) EncodeTime(*end, out->mutable_end_time());
}

// How near to its end a limit is, the nearest first.
bool NearerToItsEnd(const LimitReport& a, const LimitReport& b) {
  if (a.refuses != b.refuses) return a.refuses;
  return a.count * std::max<int64_t>(b.above, 1) > b.count * std::max<int64_t>(a.above, 1);
}

}  // namespace

v1::Lane ToWire(Lane lane) { return static_cast<v1::Lane>(static_cast<int>(lane) + 1); }

v1::Action ToWire(Action action) { return static_cast<v1::Action>(action); }

v1::Action ToWire(Consequence consequence) {
  switch (consequence) {
    case Consequence::kChallenge:
      return v1::ACTION_CHALLENGE;
    case Consequence::kThrottle:
      return v1::ACTION_THROTTLE;
    case Consequence::kLockout:
      break;
  }
  return v1::ACTION_LOCKOUT;
}

absl::StatusOr<Factor> DecodeFactor(v1::Factor factor) {
  if (factor == v1::FACTOR_UNSPECIFIED) return Factor::kPassword;
  if (!v1::Factor_IsValid(factor)) return WrongField("factor", "is not a known factor");
  return static_cast<Factor>(static_cast<int>(factor) - 1);
}

absl::StatusOr<Outcome> DecodeOutcome(v1::Outcome outcome) {
  if (outcome == v1::OUTCOME_UNSPECIFIED || !v1::Outcome_IsValid(outcome)) {
    return WrongField("outcome", "is required, and one that is known");
  }
  return static_cast<Outcome>(outcome);
}

absl::StatusOr<AccountName> DecodeAccount(const std::string& tenant, const std::string& account,
                                          const ServedTenants& tenants) {
  AccountName name{tenant.empty() ? "default" : tenant, account};
  LATCHKEY_RETURN_IF_ERROR(CheckName("tenant", name.tenant));
  if (!tenants.empty() && !tenants.contains(name.tenant)) {
    return WrongField("tenant", "this server does not serve it");
  }
  LATCHKEY_RETURN_IF_ERROR(CheckAccount(name.account));
  return name;
}

absl::StatusOr<Attempt> Decode(const v1::AssessRequest& request, std::string_view caller,
                               const ServedTenants& tenants, const Clock& clock,
                               std::shared_ptr<const void> keeper) {
  AttemptView fields;
  if (!request.tenant().empty()) fields.tenant = request.tenant();
  if (!tenants.empty() && !tenants.contains(fields.tenant)) {
    return WrongField("tenant", "this server does not serve it");
  }
  fields.account = request.account();
  fields.source = request.source();
  if (!request.path().empty()) fields.path = request.path();
  LATCHKEY_RETURN_IF_ERROR(DecodeKinds(request.challenge_kinds(), fields));
  LATCHKEY_ASSIGN_OR_RETURN(fields.factor, DecodeFactor(request.factor()));
  fields.device_token = request.device_token();
  fields.recovery_token = request.recovery_token();
  if (request.has_challenge_proof()) {
    LATCHKEY_ASSIGN_OR_RETURN(fields.challenge_proof, DecodeProof(request.challenge_proof()));
  }
  if (request.has_password_tags()) {
    const v1::PasswordTags& tags = request.password_tags();
    LATCHKEY_ASSIGN_OR_RETURN(fields.account_tag, DecodeTag("password_tags.account_tag", tags.account_tag()));
    LATCHKEY_ASSIGN_OR_RETURN(fields.tenant_tag, DecodeTag("password_tags.tenant_tag", tags.tenant_tag()));
  }
  fields.popular_password = request.popular_password();
  if (request.has_credentials_change_time()) {
    LATCHKEY_ASSIGN_OR_RETURN(const TimePoint changed,
                              DecodeTime("credentials_change_time", request.credentials_change_time()));
    if (changed > clock.Now() + kClockSkewMax)
      return WrongField("credentials_change_time", "is in the future");
    fields.credentials_changed_at = changed;
  }
  fields.group = request.group();
  fields.asn = request.asn();
  fields.first_factor_token = request.first_factor_token();
  fields.request_id = request.request_id();
  fields.caller = caller;
  return Attempt::Create(fields, std::move(keeper));
}

absl::StatusOr<Report> Decode(const v1::ReportRequest& request) {
  LATCHKEY_RETURN_IF_ERROR(CheckText("attempt_token", request.attempt_token(), 1, kAttemptTokenMax));
  LATCHKEY_ASSIGN_OR_RETURN(const Outcome outcome, DecodeOutcome(request.outcome()));
  return Report{request.attempt_token(), outcome, request.device_name()};
}

void Encode(const LimitReport& limit, TimePoint decided, v1::Reason* out) {
  EncodeLimit(limit, limit.EndsAt(decided), out);
  out->set_provisional(limit.provisional);
}

void Encode(const LimitReport& limit, v1::LimitState* out) {
  EncodeLimit(limit, limit.until, out);
  out->set_action(ToWire(limit.then));
  out->set_reached(limit.refuses);
}

void Encode(const LaneReport& lane, v1::LaneState* out) {
  out->set_lane(ToWire(lane.lane));
  out->set_proved(lane.proved);
  out->set_spent(lane.spent);
  out->set_action(v1::ACTION_ALLOW);
  std::vector<LimitReport> limits = lane.limits;
  std::stable_sort(limits.begin(), limits.end(), NearerToItsEnd);
  for (const LimitReport& limit : limits) {
    if (limit.refuses && !limit.shadow && out->action() == v1::ACTION_ALLOW) {
      out->set_action(ToWire(limit.then));
      if (limit.until) EncodeTime(*limit.until, out->mutable_end_time());
    }
    if (static_cast<size_t>(out->limits_size()) < kLimitsMax) Encode(limit, out->add_limits());
  }
}

absl::StatusOr<Attempt> Decode(AttemptView&& fields, std::string_view caller, const ServedTenants& tenants,
                               std::shared_ptr<const void> keeper) {
  if (!tenants.empty() && !tenants.contains(fields.tenant)) {
    return WrongField("tenant", "this server does not serve it");
  }
  fields.caller = caller;
  return Attempt::Create(fields, std::move(keeper));
}

Duration AsTold(Duration wait) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait);
  return wait > std::chrono::seconds(1) ? Duration(seconds) : wait;
}

void Encode(Decision&& decision, const google::protobuf::RepeatedField<int>& kinds, v1::AssessResponse* out) {
  const Verdict& verdict = decision.verdict;
  const auto id = DecisionIdChars(decision.id);
  out->set_decision_id(id.data(), id.size());
  out->set_action(ToWire(verdict.action));
  out->set_lane(ToWire(verdict.lane));
  out->set_scope(static_cast<v1::Scope>(verdict.scope));
  for (const LimitReport& reason : verdict.reasons) {
    if (static_cast<size_t>(out->reasons_size()) < kReasonsMax)
      Encode(reason, decision.at, out->add_reasons());
  }
  const bool refused = verdict.action != Action::kAllow;
  if (refused && verdict.retry_after > Duration::zero()) {
    EncodeDuration(AsTold(verdict.retry_after), out->mutable_retry_after());
  }
  if (refused && verdict.until) EncodeTime(*verdict.until, out->mutable_end_time());
  if (verdict.way_up) {
    out->mutable_next_way_up()->set_lane(ToWire(*verdict.way_up));
    if (*verdict.way_up == Lane::kChallenged) *out->mutable_next_way_up()->mutable_challenge_kinds() = kinds;
  }
  if (!decision.challenge_id.empty()) {
    v1::Challenge* challenge = out->mutable_challenge();
    challenge->set_challenge_id(std::move(decision.challenge_id));
    *challenge->mutable_kinds() = kinds;
    EncodeTime(decision.challenge_expires, challenge->mutable_expire_time());
  }
  if (verdict.advise_second_factor || verdict.advise_notify_owner) {
    out->mutable_advice()->set_second_factor(verdict.advise_second_factor);
    out->mutable_advice()->set_notify_owner(verdict.advise_notify_owner);
  }
  out->set_policy_revision(decision.policy_revision);
  if (decision.shadow) {
    out->mutable_shadow()->set_action(ToWire(decision.shadow->action));
    out->mutable_shadow()->set_lane(ToWire(decision.shadow->lane));
    out->mutable_shadow()->set_policy_revision(decision.shadow->policy_revision);
  } else if (verdict.shadow_action) {
    out->mutable_shadow()->set_action(ToWire(*verdict.shadow_action));
    out->mutable_shadow()->set_lane(ToWire(verdict.lane));
  }
  if (!decision.attempt_token.empty()) {
    out->set_attempt_token(std::move(decision.attempt_token));
    EncodeTime(decision.attempt_token_expires, out->mutable_attempt_token_expire_time());
  }
  out->set_degraded(decision.degraded);
  for (const LaneFall& fall : verdict.falls) {
    v1::LaneFall* encoded = out->add_lane_falls();
    encoded->set_lane(ToWire(fall.lane));
    Encode(fall.reason, decision.at, encoded->mutable_reason());
  }
}

}  // namespace latchkey
