#include "engine/assess/refusals.h"

#include <utility>

#include "absl/hash/hash.h"
#include "engine/base/text.h"

namespace latchkey {

Refusal::Refusal(const Attempt& attempt, KnownRefusal known)
    : tenant_(attempt.fields().tenant),
      account_(attempt.fields().account),
      source_(attempt.source()),
      known_(std::move(known)) {}

bool Refusal::Meets(const Attempt& attempt) const {
  const AttemptView& fields = attempt.fields();
  const Facts& facts = known_.facts;
  return fields.account == account_ && attempt.source() == source_ && fields.tenant == tenant_ &&
         fields.path == facts.path && fields.group == facts.group && fields.factor == facts.factor &&
         fields.asn == facts.asn && fields.popular_password == facts.popular_password &&
         fields.challenge_kinds.empty() == !facts.can_challenge &&
         fields.account_tag.has_value() == facts.account_tag.has_value() &&
         fields.tenant_tag.has_value() == facts.tenant_tag.has_value();
}

std::optional<Verdict> Refusal::VerdictAt(TimePoint at) const {
  {
    const MutexLock lock(mutex_);
    if (latest_ && latest_->from <= at && at < latest_->until) return latest_->At(at);
  }
  std::optional<LastingVerdict> verdict =
      DecideAgain(*known_.policy, known_.facts, known_.plan, *known_.request, known_.result, at);
  if (!verdict) return std::nullopt;
  const MutexLock lock(mutex_);
  latest_ = std::move(verdict);
  return latest_->verdict;
}

uint64_t Refusals::Stamp(const Facts& facts) const {
  const uint64_t account = accounts_[GenerationOf(facts.account)].load(std::memory_order_acquire);
  return account << 32U | networks_[GenerationOf(facts.network)].load(std::memory_order_acquire);
}

size_t Refusals::SetOf(const Attempt& attempt) const {
  const auto names = std::make_pair(ToAbsl(attempt.fields().account), ToAbsl(attempt.source().host()));
  return absl::Hash<std::pair<absl::string_view, absl::string_view>>()(names) % sets_.size();
}

std::shared_ptr<const Refusal> Refusals::Find(const Attempt& attempt, TimePoint now) const {
  if (!on()) return nullptr;
  const size_t index = SetOf(attempt);
  const MutexLock lock(mutexes_[index % kLocks]);
  for (const std::shared_ptr<const Refusal>& refusal : sets_[index]) {
    if (refusal == nullptr || !refusal->Meets(attempt)) continue;
    const KnownRefusal& known = refusal->known();
    const bool good = known.stamp == Stamp(known.facts) && now >= known.asked && now < known.until;
    return good ? refusal : nullptr;
  }
  return nullptr;
}

void Refusals::Remember(const Attempt& attempt, KnownRefusal known) {
  if (!on()) return;
  const size_t index = SetOf(attempt);
  auto kept = std::make_shared<const Refusal>(attempt, std::move(known));
  const MutexLock lock(mutexes_[index % kLocks]);
  std::shared_ptr<const Refusal>* place = nullptr;
  for (std::shared_ptr<const Refusal>& other : sets_[index]) {
    if (other == nullptr || other->Meets(attempt)) {
      place = &other;
      break;
    }
    if (place == nullptr || other->known().asked < (*place)->known().asked) place = &other;
  }
  place->swap(kept);
}

void OpeningStore::Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request,
                          Duration deadline, std::function<void(absl::StatusOr<SettleResult>)> done) {
  // Whatever the store says: a settlement whose answer was lost may have been done.
  store_.Settle(keys, std::move(request), deadline,
                [this, keys, done = std::move(done)](absl::StatusOr<SettleResult>&& result) {
                  refusals_.ForgetAccount(keys.account);
                  refusals_.ForgetNetwork(keys.network);
                  done(std::move(result));
                });
}

void OpeningStore::Update(const RecordKey& key, Change change, Duration keep, Duration deadline,
                          std::function<void(absl::StatusOr<Record>)> done) {
  store_.Update(key, std::move(change), keep, deadline,
                [this, record_key = key.key, done = std::move(done)](absl::StatusOr<Record> record) {
                  refusals_.ForgetAccount(record_key);
                  refusals_.ForgetNetwork(record_key);
                  done(std::move(record));
                });
}

}  // namespace latchkey
