#include "engine/assess/journal.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/signal/record_codec.h"

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

void Journal::Add(JournalEntry entry) {
  const std::string account = EncodeRecord(entry.result.records.account);
  const std::string network = EncodeRecord(entry.result.records.network);
  entry.result.records.account = Record();
  entry.result.records.network = Record();
  const MutexLock lock(mutex_);
  if (ring_.empty()) return;
  const size_t place = added_++ % ring_.size();
  ids_[place] = entry.decision.id;
  Kept& kept = ring_[place];
  kept.entry = std::move(entry);
  kept.account.assign(account);
  kept.network.assign(network);
}

std::shared_ptr<const JournalEntry> Journal::Unpack(const Kept& kept) {
  auto entry = std::make_shared<JournalEntry>(kept.entry);
  absl::StatusOr<Record> account = DecodeRecord(kept.account);
  absl::StatusOr<Record> network = DecodeRecord(kept.network);
  LATCHKEY_CHECK(account.ok() && network.ok());  // Our own bytes.
  entry->result.records.account = *std::move(account);
  entry->result.records.network = *std::move(network);
  return entry;
}

std::shared_ptr<const JournalEntry> Journal::Find(uint64_t decision_id) const {
  const MutexLock lock(mutex_);
  const auto end = ids_.begin() + static_cast<std::ptrdiff_t>(std::min<uint64_t>(added_, ids_.size()));
  const auto it = std::find(ids_.begin(), end, decision_id);
  return it == end ? nullptr : Unpack(ring_[static_cast<size_t>(it - ids_.begin())]);
}

std::vector<std::shared_ptr<const JournalEntry>> Journal::All() const {
  const MutexLock lock(mutex_);
  std::vector<std::shared_ptr<const JournalEntry>> all;
  const uint64_t kept = std::min<uint64_t>(added_, ring_.size());
  for (uint64_t n = added_ - kept; n < added_; ++n) all.push_back(Unpack(ring_[n % ring_.size()]));
  return all;
}

}  // namespace latchkey
