#include "engine/backtest/replay_engine.h"

#include <optional>

#include "engine/base/check.h"
#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

constexpr Duration kPatience = std::chrono::seconds(30);
constexpr uint64_t kShortMask = 0xFFFF'FFFF'FFFFULL;

DeviceToken TokenOf(const Key& account, DeviceToken::Kind kind, const RecordedProof& proof) {
  return {.kind = kind, .account = account, .id = proof.id, .issued = proof.issued};
}

}  // namespace

// SplitMix64 (Steele, Lea, Flood 2014).
uint64_t ReplayEngine::Random::Next() {
  uint64_t z = (state_ += 0x9E37'79B9'7F4A'7C15ULL);
  z = (z ^ (z >> 30U)) * 0xBF58'476D'1CE4'E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D0'49BB'1331'11EBULL;
  return z ^ (z >> 31U);
}

ReplayEngine::ReplayEngine(const ReplayPorts& ports, const Clock& clock, std::shared_ptr<const Policy> policy)
    : sealer_(ports.sealer),
      clock_(clock),
      policy_(std::move(policy)),
      policies_(policy_),
      keys_("replay", ports.hasher),
      store_(ports.make_store(clock)),
      assessor_({.clock = clock,
                 .random = random_,
                 .keys = keys_,
                 .sealer = ports.sealer,
                 .policies = policies_,
                 .revocations = revocations_,
                 .store = *store_,
                 .local_store = *store_,
                 .observers = {},
                 .stakes = &stake_},
                {.store_deadline = kPatience, .journal_capacity = 0}),
      reporter_({.clock = clock,
                 .sealer = ports.sealer,
                 .policies = policies_,
                 .revocations = revocations_,
                 .store = *store_,
                 .local_store = *store_,
                 .assessor = assessor_,
                 .observers = {}}) {}

// Puts proofs that were there before the recording began where the engine looks for them.
void ReplayEngine::Know(const RecordedAttempt& attempt, const Attempt& made) {
  const bool familiar = attempt.decided && attempt.lane == Lane::kFamiliar;
  if (!familiar && !attempt.recovery) return;
  const std::string_view tenant = made.fields().tenant;
  const uint64_t source = keys_.SourceId(tenant, made.source());
  const Policy& policy = *policy_;
  store_->Update(
      keys_.Account(tenant, made.fields().account),
      [&](Record& record, TimePoint now) {
        const auto know = [&](Lane lane, uint64_t id, TimePoint since) {
          if (record.FindSlot(lane, id) != nullptr || policy.slots_max(lane) == 0) return;
          RememberProof(record, lane, {.id = id, .slots_max = policy.slots_max(lane), .name = {}}, since);
        };
        if (familiar) know(Lane::kFamiliar, source, now);
        if (attempt.recovery) know(Lane::kRecovered, attempt.recovery->id, attempt.recovery->issued);
      },
      policy.keep(), kPatience, [](const absl::StatusOr<Record>&) {});
}

absl::StatusOr<Replayed> ReplayEngine::Assess(const RecordedAttempt& attempt, const RecordedOutcome* wrong) {
  AttemptFields fields{.tenant = attempt.tenant, .account = attempt.account, .source = attempt.source};
  fields.path = attempt.path;
  fields.group = attempt.group;
  fields.asn = attempt.asn;
  fields.factor = attempt.factor;
  fields.popular_password = attempt.popular_password;
  if (attempt.can_challenge) fields.challenge_kinds = {ChallengeKind::kCaptcha};
  if (wrong != nullptr) {
    fields.account_tag = wrong->account_tag;
    fields.tenant_tag = wrong->tenant_tag;
  }
  const bool proves =
      attempt.device || attempt.recovery || attempt.challenge_passed || attempt.first_factor_passed;
  if (proves) {
    const Key account = keys_.Account(attempt.tenant, attempt.account);
    const TimePoint now = clock_.Now();
    if (attempt.device)
      fields.device_token = SealToken(sealer_, TokenOf(account, DeviceToken::Kind::kDevice, *attempt.device));
    if (attempt.recovery) {
      fields.recovery_token =
          SealToken(sealer_, TokenOf(account, DeviceToken::Kind::kRecovery, *attempt.recovery));
    }
    if (attempt.challenge_passed) {
      const ChallengeToken token{
          .account = account, .id = (random_.Next() ^ attempt.decision) & kShortMask, .issued = now};
      fields.challenge_proof = ChallengeProof{.challenge_id = SealToken(sealer_, token), .attested = true};
    }
    if (attempt.first_factor_passed) {
      fields.first_factor_token = SealToken(sealer_, FirstFactorToken{.account = account, .passed_at = now});
    }
  }
  LATCHKEY_ASSIGN_OR_RETURN(Attempt made, Attempt::Create(std::move(fields)));
  Know(attempt, made);
  stake_.Set(attempt.at_stake);
  std::optional<absl::StatusOr<Decision>> answer;
  assessor_.Assess(std::move(made), kPatience,
                   [&answer](absl::StatusOr<Decision> decision) { answer = std::move(decision); });
  LATCHKEY_CHECK(answer.has_value());  // the store answers before it returns
  LATCHKEY_RETURN_IF_ERROR(answer->status());
  Decision& decision = **answer;
  const Verdict& verdict = decision.verdict;
  Replayed replayed{.action = verdict.action, .lane = verdict.lane};
  if (verdict.action != Action::kAllow && !verdict.reasons.empty())
    replayed.rule = verdict.reasons.front().rule;
  replayed.proven =
      attempt.device || attempt.recovery || verdict.lane <= Lane::kFamiliar || !verdict.falls.empty();
  replayed.token = std::move(decision.attempt_token);
  return replayed;
}

void ReplayEngine::Report(const Replayed& replayed, const RecordedOutcome& outcome) {
  if (replayed.token.empty()) return;
  std::string sealed = replayed.token;
  if (outcome.new_device != 0) {
    // The device that was minted then is the one that comes back later.
    std::optional<AttemptToken> token = OpenAttemptToken(sealer_, replayed.token);
    LATCHKEY_CHECK(token.has_value());  // ours
    token->new_device = outcome.new_device;
    sealed = SealToken(sealer_, *token);
  }
  reporter_.Take({.attempt_token = sealed, .outcome = outcome.outcome, .device_name = {}}, kPatience,
                 [](const absl::StatusOr<ReportResult>&) {});
}

}  // namespace latchkey
