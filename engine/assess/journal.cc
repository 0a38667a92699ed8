#include "engine/assess/journal.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/signal/record_codec.h"

namespace latchkey {
namespace {

void CopyWithoutTokens(const Decision& from, Decision& to) {
  to.id = from.id;
  to.verdict = from.verdict;
  to.at = from.at;
  to.policy_revision = from.policy_revision;
  to.degraded = from.degraded;
  to.shadow = from.shadow;
  to.told_afterwards = from.told_afterwards;
  to.attempt_token_expires = from.attempt_token_expires;
  to.challenge_expires = from.challenge_expires;
}

}  // namespace

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

void Journal::Pack(const Decision& decision, const Inputs& inputs, Kept& kept) {
  JournalEntry& entry = kept.entry;
  CopyWithoutTokens(decision, entry.decision);
  entry.facts = inputs.facts;
  entry.proofs = inputs.proofs;
  entry.policy = inputs.policy;
  entry.token_life = inputs.token_life;
  entry.counted = inputs.result != nullptr;
  entry.asked = inputs.asked;
  kept.account.clear();
  kept.network.clear();
  if (const ChargeResult* result = inputs.result; result != nullptr) {
    result->records.account.PackTo(kept.account);
    result->records.network.PackTo(kept.network);
    entry.result.records.now = result->records.now;
    entry.result.admitted = result->admitted;
    entry.result.counted = result->counted;
    entry.result.sub = result->sub;
    entry.result.reservation_id = result->reservation_id;
    entry.result.shared = result->shared;
  }
}

void Journal::Expect() const {
  if (ring_.empty()) return;
  const char* const place =
      reinterpret_cast<const char*>(&ring_[added_.load(std::memory_order_relaxed) % ring_.size()]);
  for (size_t at = 0; at < sizeof(Place); at += 64) __builtin_prefetch(place + at, 1);
}

void Journal::Add(const Decision& decision, const Inputs& inputs) {
  if (ring_.empty()) return;
  const uint64_t number = added_.fetch_add(1, std::memory_order_relaxed) + 1;
  Place& place = ring_[(number - 1) % ring_.size()];
  const MutexLock lock(place.mutex);
  if (place.number > number) return;  // Others have been around the ring meanwhile.
  place.number = number;
  place.kept.first = nullptr;
  Pack(decision, inputs, place.kept);
}

Journal::Packed Journal::AddFirst(const Decision& decision, const Inputs& inputs) {
  auto first = std::make_shared<Kept>();
  Pack(decision, inputs, *first);
  AddRepeat(decision, first);
  return first;
}

void Journal::AddRepeat(const Decision& decision, const Packed& first) {
  if (ring_.empty()) return;
  const uint64_t number = added_.fetch_add(1, std::memory_order_relaxed) + 1;
  Place& place = ring_[(number - 1) % ring_.size()];
  const MutexLock lock(place.mutex);
  if (place.number > number) return;
  place.number = number;
  place.kept.first = first;
  CopyWithoutTokens(decision, place.kept.entry.decision);
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
  for (const Place& place : ring_) {
    const MutexLock lock(place.mutex);
    if (place.number > 0 && place.kept.entry.decision.id == decision_id) return Unpack(place.kept);
  }
  return nullptr;
}

std::vector<std::shared_ptr<const JournalEntry>> Journal::All() const {
  std::vector<std::pair<uint64_t, std::shared_ptr<const JournalEntry>>> numbered;
  for (const Place& place : ring_) {
    const MutexLock lock(place.mutex);
    if (place.number > 0) numbered.emplace_back(place.number, Unpack(place.kept));
  }
  std::sort(numbered.begin(), numbered.end());
  std::vector<std::shared_ptr<const JournalEntry>> all;
  for (auto& [number, entry] : numbered) all.push_back(std::move(entry));
  return all;
}

}  // namespace latchkey
