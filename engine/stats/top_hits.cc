#include "engine/stats/top_hits.h"

#include <algorithm>
#include <utility>

namespace latchkey {

TopList Merge(const std::vector<TopList>& lists) {
  int64_t unlisted = 0;
  for (const TopList& list : lists) unlisted += list.unlisted_max;
  struct Sum {
    TopEntry entry;
    int64_t listed = 0;  // the unlisted_max of the lists that it is in
  };
  absl::flat_hash_map<Key, Sum> sums;
  for (const TopList& list : lists) {
    for (const TopEntry& entry : list.entries) {
      Sum& sum = sums[entry.key];
      sum.entry.key = entry.key;
      if (sum.entry.name.empty()) sum.entry.name = entry.name;
      sum.entry.hits += entry.hits;
      sum.entry.error += entry.error;
      sum.entry.attempts += entry.attempts;
      sum.entry.refused += entry.refused;
      sum.entry.failures += entry.failures;
      sum.listed += list.unlisted_max;
    }
  }
  TopList all{{}, unlisted};
  all.entries.reserve(sums.size());
  for (auto& [key, sum] : sums) {
    sum.entry.hits += unlisted - sum.listed;
    sum.entry.error += unlisted - sum.listed;
    all.entries.push_back(std::move(sum.entry));
  }
  std::sort(all.entries.begin(), all.entries.end(), [](const TopEntry& a, const TopEntry& b) {
    if (a.hits != b.hits) return a.hits > b.hits;
    return a.key.high != b.key.high ? a.key.high < b.key.high : a.key.low < b.key.low;
  });
  return all;
}

TopList Shorten(TopList list, size_t count) {
  if (list.entries.size() <= count) return list;
  list.unlisted_max = std::max(list.unlisted_max, list.entries[count].hits);
  list.entries.resize(count);
  return list;
}

TopList TopHits::Generation::List(size_t capacity) const {
  TopList list{heap, missed};
  // Each may have had all the hits that were missed.
  for (TopEntry& entry : list.entries) {
    entry.hits += missed;
    entry.error += missed;
  }
  if (heap.size() >= capacity) list.unlisted_max += heap.front().hits;
  return list;
}

void TopHits::AddAttempt(const Key& key, std::string_view name, bool refused, TimePoint now) {
  Rotate(now);
  TopEntry* entry = refused ? Hit(key) : Find(key);
  if (entry == nullptr) return;
  ++entry->attempts;
  if (refused) ++entry->refused;
  if (entry->name.empty()) entry->name = name;
}

void TopHits::AddFailure(const Key& key, TimePoint now) {
  Rotate(now);
  TopEntry* entry = Hit(key);
  ++entry->failures;
  // A failure follows an attempt, which was not noted while nothing else was known of its key.
  entry->attempts = std::max(entry->attempts, entry->failures);
}

void TopHits::AddMissed(int64_t hits, TimePoint now) {
  Rotate(now);
  current_.missed += hits;
}

TopList TopHits::List(TimePoint now) {
  Rotate(now);
  return Merge({current_.List(capacity_), previous_.List(capacity_)});
}

void TopHits::Rotate(TimePoint now) {
  const int64_t hour = std::chrono::floor<std::chrono::hours>(now).time_since_epoch().count();
  if (hour <= hour_) return;  // A clock that steps back goes on in the present generation.
  previous_ = hour == hour_ + 1 ? std::move(current_) : Generation{};
  current_ = Generation{};
  hour_ = hour;
}

TopEntry* TopHits::Find(const Key& key) {
  const auto found = current_.place.find(key);
  return found == current_.place.end() ? nullptr : &current_.heap[found->second];
}

TopEntry* TopHits::Hit(const Key& key) {
  if (!current_.place.contains(key)) {
    if (current_.heap.size() < capacity_) {
      current_.heap.push_back({key, "", 0, 0, 0, 0, 0});
      current_.place[key] = current_.heap.size() - 1;
      for (size_t at = current_.heap.size() - 1;
           at > 0 && current_.heap[at].hits < current_.heap[(at - 1) / 2].hits; at = (at - 1) / 2) {
        std::swap(current_.heap[at], current_.heap[(at - 1) / 2]);
        current_.place[current_.heap[at].key] = at;
        current_.place[current_.heap[(at - 1) / 2].key] = (at - 1) / 2;
      }
    } else {
      // The newcomer takes the place of the least one, and its count as what may be too much.
      TopEntry& least = current_.heap.front();
      current_.place.erase(least.key);
      least = {key, "", least.hits, least.hits, 0, 0, 0};
      current_.place[key] = 0;
    }
  }
  const size_t at = current_.place.at(key);
  ++current_.heap[at].hits;
  SiftDown(at);
  return Find(key);
}

void TopHits::SiftDown(size_t at) {
  auto& heap = current_.heap;
  while (true) {
    size_t least = at;
    for (const size_t child : {2 * at + 1, 2 * at + 2}) {
      if (child < heap.size() && heap[child].hits < heap[least].hits) least = child;
    }
    if (least == at) return;
    std::swap(heap[at], heap[least]);
    current_.place[heap[at].key] = at;
    current_.place[heap[least].key] = least;
    at = least;
  }
}

}  // namespace latchkey
