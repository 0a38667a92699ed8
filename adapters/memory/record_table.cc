#include "adapters/memory/record_table.h"

#include <algorithm>
#include <utility>

namespace latchkey {
namespace {

// The heap's top is what expires first.
constexpr auto kLater = [](const auto& a, const auto& b) { return a.at > b.at; };

}  // namespace

RecordTable::Lock::Lock(RecordTable& table, std::initializer_list<Key> keys) ABSL_NO_THREAD_SAFETY_ANALYSIS
    : table_(table) {
  for (const Key& key : keys) stripes_[count_++] = static_cast<uint16_t>(StripeOf(key));
  const auto end = stripes_.begin() + static_cast<std::ptrdiff_t>(count_);
  std::sort(stripes_.begin(), end);
  count_ = static_cast<size_t>(std::unique(stripes_.begin(), end) - stripes_.begin());
  for (size_t i = 0; i < count_; ++i) table_.stripes_[stripes_[i]].mutex.Lock();
}

RecordTable::Lock::~Lock() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  for (size_t i = 0; i < count_; ++i) table_.stripes_[stripes_[i]].mutex.Unlock();
}

const RecordTable::Entry* RecordTable::Find(const Key& key, TimePoint now) const {
  const auto& entries = stripes_[StripeOf(key)].entries;
  auto it = entries.find(key);
  return it == entries.end() || it->second.keep_until <= now ? nullptr : &it->second;
}

void RecordTable::PrefetchBytes(const Key& key) const {
  constexpr size_t kLine = 64;
  constexpr size_t kMost = 4 * kLine;
  const auto& entries = stripes_[StripeOf(key)].entries;
  const auto it = entries.find(key);
  if (it == entries.end()) return;
  const std::string& bytes = it->second.bytes;
  for (size_t at = 0; at < std::min(bytes.size(), kMost); at += kLine) __builtin_prefetch(bytes.data() + at);
}

void RecordTable::Put(const Key& key, std::string_view bytes, TimePoint now, TimePoint keep_until,
                      Kind kind) {
  Stripe& stripe = stripes_[StripeOf(key)];
  auto [it, inserted] = stripe.entries.try_emplace(key);
  Entry& entry = it->second;
  if (inserted) {
    stripe.queue.push_back({.at = std::min(keep_until, now + kLookEvery), .key = key});
    std::push_heap(stripe.queue.begin(), stripe.queue.end(), kLater);
  } else {
    Account(entry, /*added=*/false);
  }
  entry.bytes.assign(bytes);
  if (entry.bytes.capacity() > 2 * bytes.size() + 64) entry.bytes.shrink_to_fit();
  entry.keep_until = keep_until;
  entry.proven = kind == Kind::kProven;
  Account(entry, /*added=*/true);
}

void RecordTable::Erase(const Key& key) {
  // Its place goes when it is looked at next.
  auto& entries = stripes_[StripeOf(key)].entries;
  auto it = entries.find(key);
  if (it == entries.end()) return;
  Account(it->second, /*added=*/false);
  it->second.bytes = std::string();
  it->second.keep_until = TimePoint::min();
  it->second.proven = false;
  Account(it->second, /*added=*/true);
}

void RecordTable::Account(const Entry& entry, bool added) {
  // Unsigned arithmetic wraps, so adding the negation takes away.
  const size_t one = added ? 1 : ~size_t{0};
  const size_t cost = added ? CostOf(entry) : ~CostOf(entry) + 1;
  entries_.fetch_add(one, std::memory_order_relaxed);
  bytes_.fetch_add(cost, std::memory_order_relaxed);
  if (!entry.proven) return;
  proven_.fetch_add(one, std::memory_order_relaxed);
  proven_bytes_.fetch_add(cost, std::memory_order_relaxed);
}

bool RecordTable::HasRoom(Kind kind) const {
  if (entries() >= bounds_.entries_max || bytes() + kEntryOverhead > bounds_.bytes_max) return false;
  if (kind == Kind::kProven) return true;
  const auto below = [&](size_t all, size_t proven, size_t max) {
    const size_t unproven = all - std::min(all, proven);
    return static_cast<double>(unproven) < bounds_.watermark * static_cast<double>(max);
  };
  return below(entries(), proven(), bounds_.entries_max) &&
         below(bytes(), proven_bytes_.load(std::memory_order_relaxed), bounds_.bytes_max);
}

bool RecordTable::MayGrow(Kind kind, size_t bytes) const {
  const size_t all = this->bytes();
  if (all + bytes > bounds_.bytes_max) return false;
  if (kind == Kind::kProven) return true;
  const size_t proven = proven_bytes_.load(std::memory_order_relaxed);
  const size_t unproven = all - std::min(all, proven);
  const double share = (1 + bounds_.watermark) / 2;
  return static_cast<double>(unproven + bytes) <= share * static_cast<double>(bounds_.bytes_max);
}

size_t RecordTable::ExpireStripe(Stripe& stripe, TimePoint now, size_t& steps) {
  size_t dropped = 0;
  while (steps > 0 && !stripe.queue.empty() && stripe.queue.front().at <= now) {
    --steps;
    std::pop_heap(stripe.queue.begin(), stripe.queue.end(), kLater);
    Due& due = stripe.queue.back();
    auto it = stripe.entries.find(due.key);
    if (it->second.keep_until > now) {
      due.at = std::min(it->second.keep_until, now + kLookEvery);
      std::push_heap(stripe.queue.begin(), stripe.queue.end(), kLater);
      continue;
    }
    Account(it->second, /*added=*/false);
    stripe.entries.erase(it);
    stripe.queue.pop_back();
    ++dropped;
  }
  return dropped;
}

size_t RecordTable::Expire(TimePoint now, size_t steps, size_t stripes) {
  size_t dropped = 0;
  for (size_t i = 0; i < stripes && steps > 0; ++i) {
    Stripe& stripe = stripes_[next_stripe_.fetch_add(1, std::memory_order_relaxed) % kStripes];
    const MutexLock lock(stripe.mutex);
    dropped += ExpireStripe(stripe, now, steps);
  }
  return dropped;
}

void RecordTable::ForEachOfStripe(size_t stripe, TimePoint now,
                                  const std::function<void(const Key&, const Entry&)>& visit) const {
  const MutexLock lock(stripes_[stripe].mutex);
  for (const auto& [key, entry] : stripes_[stripe].entries) {
    if (entry.keep_until > now) visit(key, entry);
  }
}

void RecordTable::ForEach(TimePoint now, const std::function<void(const Key&, const Entry&)>& visit) const {
  for (size_t stripe = 0; stripe < kStripes; ++stripe) ForEachOfStripe(stripe, now, visit);
}

}  // namespace latchkey
