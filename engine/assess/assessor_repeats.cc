// The cheapest answer of an Assessor: what was refused a moment ago is refused again, without keys, plan or
// store.
#include <utility>

#include "engine/assess/assessor.h"

namespace latchkey {

bool Assessor::KnowsRefusals() const {
  return refusals_.on() && (parts_.shadow == nullptr || !parts_.shadow->on());
}

std::optional<Decision> Assessor::DecideAgain(const Attempt& attempt, const std::optional<Key>& retry_key,
                                              TimePoint now) {
  if (!KnowsRefusals()) return std::nullopt;
  const std::shared_ptr<const Refusal> refusal = refusals_.Find(attempt, now);
  if (refusal == nullptr) return std::nullopt;
  const KnownRefusal& known = refusal->known();
  const Policy& policy = *known.policy;
  const Key& account = known.facts.account;
  if (parts_.policies.For(account) != known.policy || !Counts(attempt, account, now) ||
      HeedsStake(policy, known.facts, now) != known.facts.at_stake ||
      proofs_.Read(attempt, account, policy, now).any()) {
    return std::nullopt;
  }
  const TimePoint at = refusal->StoreTime(now);
  std::optional<Verdict> verdict = refusal->VerdictAt(at);
  if (!verdict) return std::nullopt;
  Decision decision{.id = parts_.random.Next() >> 1U, .verdict = *std::move(verdict), .at = at};
  decision.policy_revision = policy.revision();
  journal_.AddRepeat(decision, known.first);
  if (decision.verdict.offer_challenge) SealChallenge(account, policy, decision);
  Facts facts = known.facts;
  facts.account_tag = attempt.fields().account_tag;
  facts.tenant_tag = attempt.fields().tenant_tag;
  Tell(attempt, facts, decision, retry_key, now);
  return decision;
}

}  // namespace latchkey
