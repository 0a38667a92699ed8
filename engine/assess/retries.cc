#include "engine/assess/retries.h"

namespace latchkey {
namespace {

// What ends later than anything that is remembered now is from before a clock was set back: nobody knows how
// long ago that was.
bool Lives(TimePoint expires, TimePoint now) { return expires > now && expires <= now + 2 * Retries::kLife; }

}  // namespace

void Retries::Expire(TimePoint now) {
  while (!order_.empty() && (order_.front().first <= now || order_.size() > kEntriesMax)) {
    const auto& [expires, request] = order_.front();
    if (auto it = entries_.find(request); it != entries_.end() && it->second.expires == expires) {
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
  if (it == entries_.end() || it->second.repeats >= kRepeatsMax || !Lives(it->second.expires, now))
    return std::nullopt;
  ++it->second.repeats;
  return it->second.decision;
}

void Retries::Remember(const Key& request, const Decision& decision, TimePoint now) {
  const MutexLock lock(mutex_);
  Expire(now);
  const auto [it, added] = entries_.try_emplace(request);
  if (!added && Lives(it->second.expires, now)) return;
  if (!added) by_decision_.erase(it->second.decision.id);
  it->second = {decision, now + kLife};
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
