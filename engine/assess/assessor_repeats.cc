// The cheapest answer of an Assessor: what was refused a moment ago is refused again, without keys, plan or
// store.
#include <algorithm>
#include <utility>

#include "engine/assess/assessor.h"

namespace latchkey {

bool Assessor::KnowsRefusals() const {
  return refusals_.on() && (parts_.shadow == nullptr || !parts_.shadow->on());
}

Duration Assessor::KnownFor(const ShardKeys& keys, const ShardRecords& records) const {
  // A full record lets go of series that nobody counts any more whenever it is asked.
  const bool full =
      records.account->series.size() >= kSeriesMax || records.network->series.size() >= kSeriesMax;
  if (parts_.sole_store == nullptr || full) return Refusals::kLife;
  const TimePoint stands = parts_.sole_store->StandsUntil(keys);
  if (stands == TimePoint::min()) return Refusals::kLife;
  return std::min<Duration>(stands - records.now, Refusals::kLifeAlone);
}

bool Assessor::DecideAgain(const Attempt& attempt, const std::optional<Key>& retry_key, TimePoint now,
                           Decision& decision) {
  if (!KnowsRefusals()) return false;
  std::optional<Repeat> repeat = refusals_.Find(attempt, now);
  if (!repeat) return false;
  Facts& facts = repeat->facts;
  const Key& account = facts.account;
  const std::shared_ptr<const Policy> policy = parts_.policies.For(account);
  if (policy->serial() != repeat->policy || !Counts(attempt, account, now) ||
      HeedsStake(*policy, facts, now) != facts.at_stake ||
      proofs_.Read(attempt, account, *policy, now).any()) {
    return false;
  }
  if (!repeat->verdict) repeat->verdict = refusals_.DecideAgain(attempt, *repeat);
  if (!repeat->verdict) return false;
  decision.at = repeat->at;
  decision.id = parts_.random.Next() >> 1U;
  decision.verdict = *std::move(repeat->verdict);
  decision.policy_revision = policy->revision();
  journal_.AddRepeat(decision, std::move(repeat->first));
  if (decision.verdict.offer_challenge) SealChallenge(account, *policy, decision);
  facts.account_tag = attempt.fields().account_tag;
  facts.tenant_tag = attempt.fields().tenant_tag;
  Tell(attempt, facts, decision, retry_key, now);
  return true;
}

}  // namespace latchkey
