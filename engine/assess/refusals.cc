#include "engine/assess/refusals.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"
#include "engine/base/prefetch.h"
#include "engine/base/text.h"

namespace latchkey {

void Refusals::Place::Fetch() const {
  // Who else holds what is shared is counted right before it.
  const auto fetch = [](const void* shared) {
    PrefetchLine<For::kWriting>(static_cast<const char*>(shared) - sizeof(void*));
  };
  fetch(first.get());
  if (latest) fetch(latest->verdict.reasons.begin());
}

bool Refusals::Place::Meets(const Attempt& attempt) const {
  const AttemptView& fields = attempt.fields();
  const std::string_view host = attempt.source().host();
  const std::string_view all(names.data(), names.size());
  return fields.tenant.size() == tenant_size && fields.account.size() == account_size &&
         all.size() == tenant_size + account_size + host.size() &&
         all.substr(0, tenant_size) == fields.tenant &&
         all.substr(tenant_size, account_size) == fields.account &&
         all.substr(tenant_size + account_size) == host && fields.path == facts.path &&
         fields.group == facts.group && fields.factor == facts.factor && fields.asn == facts.asn &&
         fields.popular_password == facts.popular_password &&
         fields.challenge_kinds.empty() == !facts.can_challenge &&
         fields.account_tag.has_value() == facts.account_tag.has_value() &&
         fields.tenant_tag.has_value() == facts.tenant_tag.has_value();
}

Refusals::Place* Refusals::Set::Find(Mark mark, const Attempt& attempt) {
  for (size_t way = 0; way < kWays; ++way) {
    if (marks[way] != mark) continue;
    Place& place = places[way];
    // All of it at once, where one line after the other would be waited for.
    Prefetch(&place, sizeof(Place));
    if (place.Meets(attempt)) return &place;
  }
  return nullptr;
}

uint64_t Refusals::Stamp(const Facts& facts) const {
  const uint64_t account = accounts_[GenerationOf(facts.account)].load(std::memory_order_acquire);
  return account << 32U | networks_[GenerationOf(facts.network)].load(std::memory_order_acquire);
}

uint64_t Refusals::HashOf(const Attempt& attempt) {
  const AttemptView& fields = attempt.fields();
  return absl::HashOf(ToAbsl(fields.tenant), ToAbsl(fields.account), ToAbsl(attempt.source().host()));
}

std::optional<Repeat> Refusals::Find(const Attempt& attempt, TimePoint now) const {
  std::optional<Repeat> repeat;
  if (!on()) return repeat;
  const uint64_t hash = HashOf(attempt);
  Set& set = SetOf(hash);
  const MutexLock lock(set.mutex);
  const Place* const place = set.Find(MarkOf(hash), attempt);
  if (place == nullptr || now < place->asked || now >= place->until) return repeat;
  place->Fetch();
  if (place->stamp != Stamp(place->facts)) return repeat;
  repeat.emplace(Repeat{.at = now + place->ahead,
                        .facts = place->facts,
                        .policy = place->policy,
                        .first = place->first,
                        .verdict = {},
                        .known = nullptr});
  if (const auto& latest = place->latest;
      latest && latest->from <= repeat->at && repeat->at < latest->until) {
    repeat->verdict = latest->At(repeat->at);
  } else {
    repeat->known = place->known;
  }
  return repeat;
}

std::optional<Verdict> Refusals::DecideAgain(const Attempt& attempt, const Repeat& repeat) {
  const KnownRefusal& known = *repeat.known;
  std::optional<LastingVerdict> decided =
      latchkey::DecideAgain(*known.policy, known.facts, known.plan, *known.request, known.result, repeat.at);
  if (!decided) return std::nullopt;
  std::optional<Verdict> verdict = decided->verdict;
  const uint64_t hash = HashOf(attempt);
  Set& set = SetOf(hash);
  const MutexLock lock(set.mutex);
  Place* const place = set.Find(MarkOf(hash), attempt);
  if (place != nullptr && place->known == repeat.known) place->latest = std::move(decided);
  return verdict;
}

void Refusals::Remember(const Attempt& attempt, KnownRefusal known) {
  if (!on()) return;
  const AttemptView& fields = attempt.fields();
  const std::string_view host = attempt.source().host();
  Place fresh{.tenant_size = static_cast<uint16_t>(fields.tenant.size()),
              .account_size = static_cast<uint16_t>(fields.account.size()),
              .stamp = known.stamp,
              .asked = known.asked,
              .until = known.until,
              .ahead = known.result.records.now - known.asked,
              .policy = known.policy->serial(),
              .facts = known.facts,
              .first = known.first};
  for (const std::string_view name : {fields.tenant, fields.account, host})
    fresh.names.insert(fresh.names.end(), name.begin(), name.end());
  fresh.known = std::make_shared<const KnownRefusal>(std::move(known));
  const uint64_t hash = HashOf(attempt);
  Set& set = SetOf(hash);
  const MutexLock lock(set.mutex);
  Place* place = set.Find(MarkOf(hash), attempt);
  if (place == nullptr) {
    place = std::min_element(set.places.begin(), set.places.end(),
                             [](const Place& a, const Place& b) { return a.asked < b.asked; });
    set.marks[static_cast<size_t>(place - set.places.data())] = MarkOf(hash);
  }
  // What was there is let go of without the lock.
  std::swap(*place, fresh);
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
