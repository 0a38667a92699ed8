#include "engine/assess/refusals.h"

#include <utility>

namespace latchkey {
namespace {

// Whether the same limits of the same counters meet both. Which tag a password has is counted, but no limit
// looks at it before an attempt is admitted.
bool MetAlike(const Facts& a, const Facts& b) {
  return a.account == b.account && a.network == b.network && a.source == b.source &&
         a.source_place == b.source_place && a.tenant == b.tenant && a.asn == b.asn && a.path == b.path &&
         a.group == b.group && a.factor == b.factor && a.popular_password == b.popular_password &&
         a.can_challenge == b.can_challenge && a.at_stake == b.at_stake &&
         a.account_tag.has_value() == b.account_tag.has_value() &&
         a.tenant_tag.has_value() == b.tenant_tag.has_value();
}

}  // namespace

uint64_t Refusals::Stamp(const Facts& facts) const {
  const uint64_t account = accounts_[GenerationOf(facts.account)].load(std::memory_order_acquire);
  return account << 32U | networks_[GenerationOf(facts.network)].load(std::memory_order_acquire);
}

std::shared_ptr<const Refusal> Refusals::Find(const Facts& facts, const Policy& policy, TimePoint now) const {
  if (!on()) return nullptr;
  const size_t index = SetOf(facts);
  const uint64_t stamp = Stamp(facts);
  const MutexLock lock(mutexes_[index % kLocks]);
  for (const std::shared_ptr<const Refusal>& known : sets_[index]) {
    if (known == nullptr || !MetAlike(known->facts, facts)) continue;
    const bool good = known->policy.get() == &policy && known->stamp == stamp && now >= known->asked &&
                      now < known->asked + kLife;
    return good ? known : nullptr;
  }
  return nullptr;
}

void Refusals::Remember(Refusal refusal) {
  if (!on()) return;
  const size_t index = SetOf(refusal.facts);
  std::shared_ptr<const Refusal> kept = std::make_shared<const Refusal>(std::move(refusal));
  const MutexLock lock(mutexes_[index % kLocks]);
  std::shared_ptr<const Refusal>* place = nullptr;
  for (std::shared_ptr<const Refusal>& known : sets_[index]) {
    if (known == nullptr || MetAlike(known->facts, kept->facts)) {
      place = &known;
      break;
    }
    if (place == nullptr || known->asked < (*place)->asked) place = &known;
  }
  place->swap(kept);
}

void OpeningStore::Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request,
                          Duration deadline, std::function<void(absl::StatusOr<ChargeResult>)> done) {
  store_.Charge(keys, std::move(request), deadline, std::move(done));
}

void OpeningStore::Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request,
                          Duration deadline, std::function<void(absl::StatusOr<SettleResult>)> done) {
  // Whatever the store says: a settlement whose answer was lost may have been done.
  store_.Settle(keys, std::move(request), deadline,
                [this, keys, done = std::move(done)](absl::StatusOr<SettleResult> result) {
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

void OpeningStore::Read(const ShardKeys& keys, Duration deadline,
                        std::function<void(absl::StatusOr<ShardRecords>)> done) {
  store_.Read(keys, deadline, std::move(done));
}

}  // namespace latchkey
