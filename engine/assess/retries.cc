#include "engine/assess/retries.h"

namespace latchkey {

void Retries::Expire(TimePoint now) {
  while (!order_.empty() && (order_.front().first <= now || order_.size() > kEntriesMax)) {
    if (auto it = entries_.find(order_.front().second); it != entries_.end()) {
      by_decision_.erase(it->second.decision.id);
      entries_.erase(it);
    }
    order_.pop_front();
  }
}

std::optional<Decision> Retries::Find(const Key& request, TimePoint now) {
  const MutexLock lock(mutex_);
  Expire(now);
  auto it = entries_.find(request);
  if (it == entries_.end() || it->second.repeats >= kRepeatsMax) return std::nullopt;
  ++it->second.repeats;
  return it->second.decision;
}

void Retries::Remember(const Key& request, const Decision& decision, TimePoint now) {
  const MutexLock lock(mutex_);
  Expire(now);
  const auto [it, added] = entries_.try_emplace(request, Entry{decision, now + kLife});
  if (!added) return;
  by_decision_[decision.id] = request;
  order_.emplace_back(now + kLife, request);
  used_.store(true, std::memory_order_release);
}

void Retries::Forget(uint64_t decision_id) {
  if (!used_.load(std::memory_order_acquire)) return;
  const MutexLock lock(mutex_);
  auto it = by_decision_.find(decision_id);
  if (it == by_decision_.end()) return;
  // The key keeps its place in order_, spent: a late retry is a new attempt.
  if (auto entry = entries_.find(it->second); entry != entries_.end()) entry->second.repeats = kRepeatsMax;
}

}  // namespace latchkey
