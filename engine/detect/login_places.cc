#include "engine/detect/login_places.h"

#include <algorithm>

namespace latchkey {

LoginPlaces::LoginPlaces(size_t capacity) {
  for (auto& shard : shards_) shard = std::make_unique<Shard>(std::max<size_t>(8, capacity / kShards));
}

void LoginPlaces::ExpectNow(const Key& place) const {
  Shard& shard = ShardOf(place);
  const MutexLock lock(shard.mutex);
  shard.table.ExpectEntry(place);
}

void LoginPlaces::Add(const Key& place, const Key& account, TimePoint now) {
  Shard& shard = ShardOf(place);
  const MutexLock lock(shard.mutex);
  Entry* entry = shard.table.Touch(place, now);
  if (now - entry->week > kWeek) {
    entry->before = entry->residents;
    entry->residents.Clear();
    entry->week = now;
  }
  entry->residents.Add(Spread(account.low));
  Login* oldest = &entry->latest[0];
  for (Login& login : entry->latest) {
    if (login.account == account) {
      login.at = now;
      return;
    }
    if (login.at < oldest->at) oldest = &login;
  }
  *oldest = {account, now};
}

LoginPlaces::Place LoginPlaces::Of(const Key& place) const {
  Shard& shard = ShardOf(place);
  const MutexLock lock(shard.mutex);
  Place answer;
  const Entry* entry = shard.table.Find(place);
  if (entry == nullptr) return answer;
  for (const Login& login : entry->latest) {
    if (login.at > TimePoint()) answer.latest.push_back(login);
  }
  answer.residents =
      std::max({entry->residents.Count(), entry->before.Count(), static_cast<int64_t>(answer.latest.size())});
  return answer;
}

bool LoginPlaces::Knows(const Key& place, const Key& account) const {
  Shard& shard = ShardOf(place);
  const MutexLock lock(shard.mutex);
  const Entry* entry = shard.table.Find(place);
  return entry != nullptr && std::any_of(entry->latest.begin(), entry->latest.end(),
                                         [&](const Login& login) { return login.account == account; });
}

}  // namespace latchkey
