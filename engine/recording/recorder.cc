#include "engine/recording/recorder.h"

#include "absl/strings/str_cat.h"
#include "engine/recording/event_codec.h"

namespace latchkey {
namespace {

// An address of IPv6 that stands for a source: sources of one network stay in one /48, each in its own /64.
std::string PseudonymousSource(const Facts& facts) {
  const uint64_t network = facts.network.high >> 16U;
  // Which of its network's hosts it is, is turned around by the network's own key.
  const uint64_t place = facts.source_place ^ (facts.network.low & 0xFFFFU);
  const auto group = [](uint64_t value) { return absl::StrCat(absl::Hex(value & 0xFFFFU)); };
  return absl::StrCat(group(network >> 32U), ":", group(network >> 16U), ":", group(network), ":",
                      group(place), "::");
}

std::optional<RecordedProof> ProofOf(const Sealer& sealer, std::string_view text) {
  const std::optional<DeviceToken> token = OpenDeviceToken(sealer, text);
  if (!token) return std::nullopt;
  return RecordedProof{.id = token->id, .issued = token->issued};
}

}  // namespace

bool InShare(const Key& account, double share) {
  if (share >= 1) return true;
  return static_cast<double>(account.high) < share * 18446744073709551616.0;
}

RecordedAttempt RecordOf(const Attempt& attempt, const Facts& facts, const Decision& decision, bool names) {
  const AttemptView& fields = attempt.fields();
  RecordedAttempt out{.at = decision.at, .decision = decision.id};
  out.tenant = names ? std::string(fields.tenant) : absl::StrCat(absl::Hex(facts.tenant, absl::kZeroPad12));
  out.account = names ? std::string(fields.account) : facts.account.Hex();
  out.source = names ? std::string(fields.source) : PseudonymousSource(facts);
  out.path = fields.path;
  out.group = fields.group;
  out.asn = fields.asn;
  out.factor = fields.factor;
  out.popular_password = fields.popular_password;
  out.can_challenge = facts.can_challenge;
  out.action = decision.verdict.action;
  out.lane = decision.verdict.lane;
  if (out.action != Action::kAllow && !decision.verdict.reasons.empty())
    out.rule = decision.verdict.reasons.front().rule;
  out.policy_revision = decision.policy_revision;
  out.degraded = decision.degraded;
  return out;
}

void Recorder::OnDecision(const Attempt& attempt, const Facts& facts, const Decision& decision) {
  if (!InShare(facts.account, settings_.share)) return;
  if (decision.told_afterwards || facts.tenant_tag) {
    const MutexLock lock(mutex_);
    held_[decision.id % kHeldTags] = {decision.id, facts.tenant_tag, decision.told_afterwards};
  }
  if (decision.told_afterwards) return;
  RecordedAttempt event = RecordOf(attempt, facts, decision, settings_.names);
  const AttemptView& fields = attempt.fields();
  const Proofs proofs =
      proofs_.Read(attempt, facts.account, *parts_.policies.For(facts.account), decision.at);
  if (proofs.device) event.device = ProofOf(parts_.sealer, fields.device_token);
  if (proofs.recovery) event.recovery = ProofOf(parts_.sealer, fields.recovery_token);
  event.at_stake = parts_.stakes != nullptr && parts_.stakes->Any(facts.account, decision.at);
  event.challenge_passed = proofs.challenge.has_value();
  event.first_factor_passed =
      event.factor == Factor::kOneTimeCode && proofs_.FirstFactorPassed(attempt, facts.account, decision.at);
  parts_.queue.Add(EncodeEvent(event));
}

void Recorder::OnReport(const AttemptToken& token, Outcome outcome, TimePoint now) {
  if (!InShare(token.account, settings_.share)) return;
  RecordedOutcome event{.at = now, .decision = token.decision, .outcome = outcome};
  if (outcome == Outcome::kLoginComplete) event.new_device = token.new_device;
  const bool wrong = outcome == Outcome::kWrong;
  if (wrong) event.account_tag = token.tag;
  {
    const MutexLock lock(mutex_);
    const HeldTag& held = held_[token.decision % kHeldTags];
    if (held.decision == token.decision && held.told_afterwards) return;
    if (held.decision == token.decision && wrong) event.tenant_tag = held.tag;
  }
  parts_.queue.Add(EncodeEvent(event));
}

}  // namespace latchkey
