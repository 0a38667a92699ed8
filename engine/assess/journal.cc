#include "engine/assess/journal.h"

namespace latchkey {

std::shared_ptr<const JournalEntry::Question> JournalEntry::Asked() const {
  if (asked != nullptr) return asked;
  auto question = std::make_shared<Question>();
  question->plan = PlanCharges(*policy, facts, proofs);
  for (const PlannedLane& lane : question->plan.lanes) {
    question->request.lanes.push_back(AskOf(*policy, lane, facts, proofs, token_life));
  }
  question->request.token_life = token_life;
  return question;
}

Verdict JournalEntry::Replay() const {
  if (!counted) return decision.verdict;
  const std::shared_ptr<const Question> question = Asked();
  return Decide(*policy, facts, question->plan, question->request, result);
}

std::vector<LaneReport> JournalEntry::Lanes() const {
  if (!counted) return {};
  const std::shared_ptr<const Question> question = Asked();
  return ReportLanes(*policy, facts, question->plan, question->request, result);
}

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
