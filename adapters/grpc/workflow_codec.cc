#include "adapters/grpc/workflow_codec.h"

#include "adapters/grpc/wire_values.h"

namespace latchkey {

void Encode(const Stake& stake, v1::Stake* out) {
  out->set_stake_id(stake.id);
  out->set_tenant(stake.tenant);
  out->set_account(stake.account);
  out->set_workflow(stake.workflow);
  out->set_name(stake.name);
  EncodeTime(stake.end, out->mutable_end_time());
  EncodeTime(stake.created, out->mutable_create_time());
  out->set_on_lock(static_cast<v1::OnLock>(stake.on_lock));
}

void Encode(const Standing& standing, v1::Standing* out) {
  out->set_tenant(standing.tenant);
  out->set_account(standing.account);
  out->set_state(static_cast<v1::StandingState>(static_cast<int>(standing.state) + 1));
  if (standing.start != TimePoint()) EncodeTime(standing.start, out->mutable_start_time());
  if (standing.end != TimePoint()) EncodeTime(standing.end, out->mutable_end_time());
  out->set_keep_commitments(standing.keeps_commitments());
  out->set_reason(standing.reason);
  out->set_author(standing.author);
  out->set_cause(standing.cause);
  out->set_confidence(standing.confidence);
  out->set_incident_id(standing.incident_id);
}

void Encode(const Dependency& dependency, v1::Dependency* out) {
  out->set_workflow(dependency.workflow);
  out->set_caller(dependency.caller);
  out->set_on_lock(static_cast<v1::OnLock>(dependency.on_lock));
  out->set_stakes(dependency.stakes);
  for (const std::string& account : dependency.accounts) out->add_accounts(account);
  EncodeTime(dependency.end, out->mutable_end_time());
  out->set_repeats_story(dependency.on_lock == OnLock::kVoid);
}

absl::StatusOr<OnLock> DecodeOnLock(v1::OnLock on_lock) {
  if (!v1::OnLock_IsValid(on_lock)) return WrongField("on_lock", "is not known");
  return static_cast<OnLock>(on_lock);
}

absl::StatusOr<StandingState> DecodeSettableState(v1::StandingState state) {
  if (state == v1::STANDING_STATE_COMPROMISED) return StandingState::kCompromised;
  if (state == v1::STANDING_STATE_GOOD) return StandingState::kGood;
  return WrongField("state", "must be STANDING_STATE_COMPROMISED or STANDING_STATE_GOOD");
}

}  // namespace latchkey
