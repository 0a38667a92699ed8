#include "engine/stats/top_hits.h"

#include <algorithm>
#include <utility>

namespace latchkey {

int64_t TopHits::Generation::LeastHits(size_t capacity) const {
  return heap.size() < capacity ? 0 : heap.front().hits;
}

void TopHits::AddAttempt(const Key& key, std::string_view name, bool refused, TimePoint now) {
  Rotate(now);
  Entry* entry = refused ? Hit(key) : Find(key);
  if (entry == nullptr) return;
  ++entry->attempts;
  if (refused) ++entry->refused;
  if (entry->name.empty()) entry->name = name;
}

void TopHits::AddFailure(const Key& key, TimePoint now) {
  Rotate(now);
  Entry* entry = Hit(key);
  ++entry->failures;
  // A failure follows an attempt, which was not noted while nothing else was known of its key.
  entry->attempts = std::max(entry->attempts, entry->failures);
}

std::vector<TopHits::Entry> TopHits::List(TimePoint now) {
  Rotate(now);
  // Who is missing from a full generation may have had as many hits there as the least one that is in it.
  const int64_t missed_before = previous_.LeastHits(capacity_);
  const int64_t missed_now = current_.LeastHits(capacity_);
  std::vector<Entry> all;
  all.reserve(current_.heap.size() + previous_.heap.size());
  for (Entry entry : current_.heap) {
    if (const auto found = previous_.place.find(entry.key); found != previous_.place.end()) {
      const Entry& before = previous_.heap[found->second];
      entry.hits += before.hits;
      entry.error += before.error;
      entry.attempts += before.attempts;
      entry.refused += before.refused;
      entry.failures += before.failures;
      if (entry.name.empty()) entry.name = before.name;
    } else {
      entry.hits += missed_before;
      entry.error += missed_before;
    }
    all.push_back(std::move(entry));
  }
  for (Entry entry : previous_.heap) {
    if (current_.place.contains(entry.key)) continue;
    entry.hits += missed_now;
    entry.error += missed_now;
    all.push_back(std::move(entry));
  }
  std::sort(all.begin(), all.end(), [](const Entry& a, const Entry& b) {
    if (a.hits != b.hits) return a.hits > b.hits;
    return a.key.high != b.key.high ? a.key.high < b.key.high : a.key.low < b.key.low;
  });
  return all;
}

void TopHits::Rotate(TimePoint now) {
  const int64_t hour = std::chrono::floor<std::chrono::hours>(now).time_since_epoch().count();
  if (hour <= hour_) return;  // A clock that steps back goes on in the present generation.
  previous_ = hour == hour_ + 1 ? std::move(current_) : Generation{};
  current_ = Generation{};
  hour_ = hour;
}

TopHits::Entry* TopHits::Find(const Key& key) {
  const auto found = current_.place.find(key);
  return found == current_.place.end() ? nullptr : &current_.heap[found->second];
}

TopHits::Entry* TopHits::Hit(const Key& key) {
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
      Entry& least = current_.heap.front();
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
