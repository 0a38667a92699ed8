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

Journal::Kept& Journal::NextPlace(uint64_t decision_id) {
  const size_t place = added_++ % ring_.size();
  ids_[place] = decision_id;
  return ring_[place];
}

void Journal::Add(JournalEntry entry) {
  // Of this thread, so that its memory is used again.
  thread_local std::string account;
  thread_local std::string network;
  EncodeRecordTo(entry.result.records.account, account);
  EncodeRecordTo(entry.result.records.network, network);
  entry.result.records.account = Record();
  entry.result.records.network = Record();
  const MutexLock lock(mutex_);
  if (ring_.empty()) return;
  Kept& kept = NextPlace(entry.decision.id);
  kept.entry = std::move(entry);
  kept.account.assign(account);
  kept.network.assign(network);
  kept.first = nullptr;
}

Journal::Packed Journal::AddFirst(JournalEntry entry) {
  auto first = std::make_shared<Kept>();
  first->account = EncodeRecord(entry.result.records.account);
  first->network = EncodeRecord(entry.result.records.network);
  entry.result.records.account = Record();
  entry.result.records.network = Record();
  first->entry = std::move(entry);
  AddRepeat(first->entry.decision, first);
  return first;
}

void Journal::AddRepeat(const Decision& decision, const Packed& first) {
  JournalEntry entry;
  entry.decision = decision;
  const MutexLock lock(mutex_);
  if (ring_.empty()) return;
  Kept& kept = NextPlace(decision.id);
  kept.entry = std::move(entry);
  kept.account.clear();
  kept.network.clear();
  kept.first = first;
}

std::shared_ptr<const JournalEntry> Journal::Unpack(const Kept& kept) {
  const Kept& made_of = kept.first == nullptr ? kept : *kept.first;
  auto entry = std::make_shared<JournalEntry>(made_of.entry);
  absl::StatusOr<Record> account = DecodeRecord(made_of.account);
  absl::StatusOr<Record> network = DecodeRecord(made_of.network);
  LATCHKEY_CHECK(account.ok() && network.ok());  // Our own bytes.
  entry->result.records.account = *std::move(account);
  entry->result.records.network = *std::move(network);
  if (kept.first != nullptr) {
    entry->decision = kept.entry.decision;
    entry->result.records.now = entry->decision.at;
  }
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
