#include "engine/assess/shadow.h"

#include <utility>

namespace latchkey {
namespace {

// "SHADOW" and two: no keyed hash is likelier to meet another one for it.
constexpr uint64_t kMark = 0x5348'4144'4F57'0002ULL;

// Twice is the key itself.
Key Shadowed(const Key& key) { return {.high = key.high ^ kMark, .low = key.low}; }

AssessSettings WithoutJournal(AssessSettings settings) {
  settings.journal_capacity = 0;
  return settings;
}

}  // namespace

bool ShadowEngine::MarkedStakes::Any(const Key& account, TimePoint now) const {
  return stakes_ != nullptr && stakes_->Any(Shadowed(account), now);
}

ShadowEngine::ShadowEngine(ShadowParts parts, AssessSettings settings)
    : parts_(parts),
      stakes_(parts.stakes),
      shadowed_(parts.policies.Current()),
      assessor_({.clock = parts.clock,
                 .random = parts.random,
                 .keys = parts.keys,
                 .sealer = sealer_,
                 .policies = shadowed_,
                 .revocations = revocations_,
                 .store = parts.store,
                 .local_store = parts.store,
                 .observers = {},
                 .stakes = &stakes_},
                WithoutJournal(settings)),
      reporter_({.clock = parts.clock,
                 .sealer = sealer_,
                 .policies = shadowed_,
                 .revocations = revocations_,
                 .store = parts.store,
                 .local_store = parts.store,
                 .assessor = assessor_,
                 .observers = {}}) {}

ShadowEngine::~ShadowEngine() { settlements_.AwaitAll(); }

void ShadowEngine::Assess(const Attempt& attempt, AttemptKeys keys, const Proofs& proofs, Duration deadline,
                          std::function<void(std::optional<ShadowAnswer>)> done) {
  std::shared_ptr<const Policy> policy = parts_.policies.Shadow();
  if (policy == nullptr) return done(std::nullopt);
  keys.account = Shadowed(keys.account);
  keys.network = Shadowed(keys.network);
  // Of one that was revoked in an earlier epoch nothing is asked; in these records there are no epochs.
  Proofs proven = proofs;
  if (proven.device) proven.device->epoch = 0;
  if (proven.recovery) proven.recovery->epoch = 0;
  auto ask = [this, policy, attempt, keys, proven, deadline, done = std::move(done)] {
    assessor_.AssessProven(policy, attempt, keys, proven, deadline,
                           [done](absl::StatusOr<Decision> decision) {
                             if (!decision.ok()) return done(std::nullopt);
                             done(ShadowAnswer{.policy_revision = decision->policy_revision,
                                               .action = decision->verdict.action,
                                               .lane = decision->verdict.lane,
                                               .charge = std::move(decision->attempt_token)});
                           });
  };
  if (!proven.recovery) return ask();
  // What opened a recovery was told to the enforced records alone.
  const Remember recovery{
      .id = proven.recovery->id, .slots_max = policy->slots_max(Lane::kRecovered), .name = {}};
  parts_.store.Update(
      keys.account,
      [recovery](Record& record, TimePoint now) {
        if (record.FindSlot(Lane::kRecovered, recovery.id) == nullptr)
          RememberProof(record, Lane::kRecovered, recovery, now);
      },
      policy->keep(), deadline, [ask = std::move(ask)](const absl::StatusOr<Record>&) { ask(); });
}

void ShadowEngine::Settle(const AttemptToken& enforced, Outcome outcome, Duration deadline) {
  std::shared_ptr<const Policy> policy = parts_.policies.Shadow();
  if (policy == nullptr) return;
  std::optional<AttemptToken> charge = OpenAttemptToken(sealer_, enforced.shadow_charge);
  if (!charge) return;
  shadowed_.Set(std::move(policy));
  charge->new_device = enforced.new_device;  // the browser has one device, whoever asks
  reporter_.Take({.attempt_token = SealToken(sealer_, *charge), .outcome = outcome, .device_name = {}},
                 deadline, [ended = settlements_.Begin()](const absl::StatusOr<ReportResult>&) { ended(); });
}

}  // namespace latchkey
