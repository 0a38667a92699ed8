#include "engine/store/record_memory.h"

#include <algorithm>
#include <utility>

namespace latchkey {
namespace {

// How many of the oldest are looked at for each that is remembered.
constexpr int kTrimSteps = 4;

size_t StripeOf(const RecordKey& key) { return (key.key.high ^ key.key.low) % RecordMemory::kStripes; }

}  // namespace

void RecordMemory::Remember(const RecordKey& key, std::string bytes, TimePoint now) {
  const int64_t look = look_.load(std::memory_order_relaxed);
  Stripe& stripe = stripes_[StripeOf(key)];
  const MutexLock lock(stripe.mutex);
  auto it = stripe.entries.find(key);
  if (it == stripe.entries.end()) {
    if (bytes.empty()) return;
    it = stripe.entries.emplace(key, Entry{}).first;
    stripe.queue.emplace_back(key, now);
  } else {
    stripe.bytes -= CostOf(it->second);
    bytes_ -= CostOf(it->second);
  }
  Entry& entry = it->second;
  if (!entry.bytes.empty() && entry.look <= confirmed_.load(std::memory_order_relaxed))
    entry.whole = std::move(entry.bytes);
  entry.bytes = std::move(bytes);
  entry.seen = std::max(entry.seen, now);
  entry.look = look;
  stripe.bytes += CostOf(entry);
  bytes_ += CostOf(entry);
  Trim(stripe, now);
}

void RecordMemory::Trim(Stripe& stripe, TimePoint now) {
  for (int step = 0; step < kTrimSteps && !stripe.queue.empty(); ++step) {
    const auto [key, queued] = stripe.queue.front();
    const bool full = stripe.bytes > bounds_.bytes_max / kStripes;
    if (!full && queued + bounds_.age_max > now) return;
    stripe.queue.pop_front();
    auto it = stripe.entries.find(key);
    Entry& entry = it->second;
    // Seen again since it was queued: it goes to the end, as if it had come then.
    if (entry.seen > queued && entry.seen + bounds_.age_max > now) {
      stripe.queue.emplace_back(key, entry.seen);
      continue;
    }
    stripe.bytes -= CostOf(entry);
    bytes_ -= CostOf(entry);
    stripe.entries.erase(it);
  }
}

void RecordMemory::Confirm(int64_t look) {
  if (held_) return;
  // What came while that look was under way may be younger than what it saw.
  int64_t known = confirmed_.load();
  while (known < look - 1 && !confirmed_.compare_exchange_weak(known, look - 1)) {
  }
}

std::vector<RecordMemory::Remembered> RecordMemory::OfStripe(size_t stripe, TimePoint since) const {
  std::vector<Remembered> found;
  const Stripe& from = stripes_[stripe];
  const int64_t confirmed = confirmed_.load();
  const MutexLock lock(from.mutex);
  for (const auto& [key, entry] : from.entries) {
    if (entry.seen < since) continue;
    Remembered remembered{.key = key, .versions = {}};
    if (!entry.bytes.empty()) remembered.versions.push_back(entry.bytes);
    if (entry.look > confirmed && !entry.whole.empty()) remembered.versions.push_back(entry.whole);
    if (!remembered.versions.empty()) found.push_back(std::move(remembered));
  }
  return found;
}

}  // namespace latchkey
