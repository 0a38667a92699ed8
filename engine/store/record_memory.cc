#include "engine/store/record_memory.h"

#include <algorithm>
#include <utility>

namespace latchkey {

void RecordMemory::Remember(const RecordKey& key, std::string_view bytes, TimePoint now) {
  const int64_t look = look_.load(std::memory_order_relaxed);
  Stripe& stripe = stripes_[StripeOf(key)];
  const MutexLock lock(stripe.mutex);
  RecordLog::Entry* entry = stripe.log.Find(key);
  if (entry == nullptr) {
    if (bytes.empty()) return;
    entry = stripe.log.Add(key, bytes, now);
  } else {
    const bool whole = !entry->latest().empty() && entry->look <= confirmed_.load(std::memory_order_relaxed);
    entry = stripe.log.Renew(*entry, bytes, /*keep=*/whole, now);
  }
  if (entry != nullptr) {
    entry->seen = std::max(entry->seen, now);
    entry->look = look;
  }
  stripe.log.Trim(now);
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
  from.log.ForEach([&](const RecordLog::Entry& entry) {
    if (entry.seen < since) return;
    Remembered remembered{.key = entry.key(), .versions = {}};
    if (!entry.latest().empty()) remembered.versions.emplace_back(entry.latest());
    if (entry.look > confirmed && !entry.former().empty()) remembered.versions.emplace_back(entry.former());
    if (!remembered.versions.empty()) found.push_back(std::move(remembered));
  });
  return found;
}

size_t RecordMemory::bytes() const {
  size_t sum = 0;
  for (const Stripe& stripe : stripes_) {
    const MutexLock lock(stripe.mutex);
    sum += stripe.log.bytes();
  }
  return sum;
}

}  // namespace latchkey
