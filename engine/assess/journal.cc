#include "engine/assess/journal.h"

#include <algorithm>
#include <string>

#include "engine/base/check.h"
#include "engine/base/prefetch.h"
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
  CopyWithoutTokens(decision, kept.decision);
  kept.facts = inputs.facts;
  kept.proofs = inputs.proofs;
  kept.policy = inputs.policy;
  kept.token_life = inputs.token_life;
  kept.asked = inputs.asked;
  kept.counted = inputs.result != nullptr;
  kept.records.Clear();
  if (const ChargeResult* result = inputs.result; result != nullptr) {
    kept.shared = result->shared;
    kept.sub = result->sub;
    kept.admitted = result->admitted;
    kept.lane = result->counted;
    kept.reservation_id = result->reservation_id;
    kept.now = result->records.now;
    thread_local std::string records;  // its memory is used again
    records.clear();
    result->records.account.AppendTo(records);
    kept.account_bytes = records.size();
    result->records.network.AppendTo(records);
    kept.records.Assign(records);
  }
}

void Journal::Expect() const {
  if (ring_.empty()) return;
  Prefetch<For::kWriting>(&ring_[added_.load(std::memory_order_relaxed) % ring_.size()], sizeof(Place));
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

void Journal::AddRepeat(const Decision& decision, Packed first) {
  if (ring_.empty()) return;
  const uint64_t number = added_.fetch_add(1, std::memory_order_relaxed) + 1;
  Place& place = ring_[(number - 1) % ring_.size()];
  const MutexLock lock(place.mutex);
  if (place.number > number) return;
  place.number = number;
  place.kept.first.swap(first);  // The former one is let go of without the lock.
  CopyWithoutTokens(decision, place.kept.decision);
}

std::shared_ptr<const JournalEntry> Journal::Unpack(const Kept& kept) {
  const Kept& made_of = kept.first == nullptr ? kept : *kept.first;
  auto entry = std::make_shared<JournalEntry>();
  entry->decision = kept.decision;
  entry->facts = made_of.facts;
  entry->proofs = made_of.proofs;
  entry->policy = made_of.policy;
  entry->token_life = made_of.token_life;
  entry->asked = made_of.asked;
  entry->counted = made_of.counted;
  if (!made_of.counted) return entry;
  ChargeResult& result = entry->result;
  result.shared = made_of.shared;
  result.sub = made_of.sub;
  result.admitted = made_of.admitted;
  result.counted = made_of.lane;
  result.reservation_id = made_of.reservation_id;
  result.records.now = kept.first == nullptr ? made_of.now : kept.decision.at;
  const std::string_view records = made_of.records.View();
  absl::StatusOr<Record> account = DecodeRecord(records.substr(0, made_of.account_bytes));
  absl::StatusOr<Record> network = DecodeRecord(records.substr(made_of.account_bytes));
  LATCHKEY_CHECK(account.ok() && network.ok());  // Our own bytes.
  result.records.account = *std::move(account);
  result.records.network = *std::move(network);
  return entry;
}

std::shared_ptr<const JournalEntry> Journal::Find(uint64_t decision_id) const {
  for (const Place& place : ring_) {
    const MutexLock lock(place.mutex);
    if (place.number > 0 && place.kept.decision.id == decision_id) return Unpack(place.kept);
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
