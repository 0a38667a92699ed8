#include "engine/assess/journal.h"

namespace latchkey {

void Journal::Add(std::shared_ptr<const JournalEntry> entry) {
  const MutexLock lock(mutex_);
  if (ring_.empty()) return;
  auto& place = ring_[next_];
  if (place != nullptr) places_.erase(place->decision.id);
  places_[entry->decision.id] = next_;
  place.swap(entry);
  next_ = (next_ + 1) % ring_.size();
}

std::shared_ptr<const JournalEntry> Journal::Find(uint64_t decision_id) const {
  const MutexLock lock(mutex_);
  auto it = places_.find(decision_id);
  return it == places_.end() ? nullptr : ring_[it->second];
}

std::vector<std::shared_ptr<const JournalEntry>> Journal::All() const {
  const MutexLock lock(mutex_);
  std::vector<std::shared_ptr<const JournalEntry>> all;
  for (size_t i = 0; i < ring_.size(); ++i) {
    const auto& entry = ring_[(next_ + i) % ring_.size()];
    if (entry != nullptr) all.push_back(entry);
  }
  return all;
}

}  // namespace latchkey
