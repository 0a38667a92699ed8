#include "engine/detect/login_places.h"

#include <algorithm>

#include "engine/base/unix_second.h"

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
  Entry& entry = *shard.table.Touch(place, now);
  const uint32_t second = UnixSecond32(now);
  if (second > entry.week + kWeek.count()) {
    entry.before = entry.residents;
    entry.residents.Clear();
    entry.week = second;
  }
  entry.residents.Add(Spread(account.low));
  size_t at = 0;  // the account's, or that of the oldest
  for (size_t i = 0; i < kLatest; ++i) {
    if (entry.latest[i] == account) {
      at = i;
      break;
    }
    if (entry.logged_in[i] < entry.logged_in[at]) at = i;
  }
  entry.latest[at] = account;
  entry.logged_in[at] = second;
}

LoginPlaces::Place LoginPlaces::Of(const Key& place) const {
  Shard& shard = ShardOf(place);
  const MutexLock lock(shard.mutex);
  Place answer;
  const Entry* entry = shard.table.Find(place);
  if (entry == nullptr) return answer;
  for (size_t i = 0; i < kLatest; ++i) {
    if (entry->logged_in[i] > 0)
      answer.latest.push_back({entry->latest[i], TimePoint(std::chrono::seconds(entry->logged_in[i]))});
  }
  answer.residents =
      std::max({entry->residents.Count(), entry->before.Count(), static_cast<int64_t>(answer.latest.size())});
  return answer;
}

bool LoginPlaces::Knows(const Key& place, const Key& account) const {
  Shard& shard = ShardOf(place);
  const MutexLock lock(shard.mutex);
  const Entry* entry = shard.table.Find(place);
  return entry != nullptr &&
         std::find(entry->latest.begin(), entry->latest.end(), account) != entry->latest.end();
}

}  // namespace latchkey
