#include "engine/lab/notes.h"

#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "engine/lab/dice.h"

namespace latchkey::lab {
namespace {

// Gathers fields into one number; equal sequences give equal numbers.
class Fingerprint {
 public:
  void Add(int64_t value) { hash_ = Mix(hash_ ^ static_cast<uint64_t>(value)); }
  void Add(std::string_view text) {
    Add(static_cast<int64_t>(text.size()));
    for (char c : text) Add(static_cast<int64_t>(c));
  }
  void Add(const std::optional<TimePoint>& at) { Add(at ? at->time_since_epoch().count() : int64_t{-1}); }
  void Add(const LimitReport& limit, TimePoint decided) {
    Add(limit.rule);
    Add(limit.limit_index);
    Add(limit.counter);
    Add(limit.count);
    Add(limit.above);
    Add(limit.window.count());
    Add(static_cast<int64_t>(limit.then));
    Add(static_cast<int64_t>(limit.scope));
    Add(static_cast<int64_t>(limit.refuses) * 2 + static_cast<int64_t>(limit.provisional));
    Add(limit.EndsAt(decided));
  }
  [[nodiscard]] uint64_t hash() const { return hash_; }

 private:
  uint64_t hash_ = 1;
};

}  // namespace

uint64_t FingerprintOf(const Decision& decision) {
  const Verdict& verdict = decision.verdict;
  Fingerprint print;
  print.Add(static_cast<int64_t>(verdict.action));
  print.Add(static_cast<int64_t>(verdict.lane));
  print.Add(static_cast<int64_t>(verdict.scope));
  for (const LimitReport& reason : verdict.reasons) print.Add(reason, decision.at);
  for (const LaneFall& fall : verdict.falls) {
    print.Add(static_cast<int64_t>(fall.lane));
    print.Add(fall.reason, decision.at);
  }
  print.Add(verdict.until);
  print.Add(verdict.retry_after.count());
  print.Add(verdict.way_up ? static_cast<int64_t>(*verdict.way_up) : int64_t{-1});
  print.Add(static_cast<int64_t>(verdict.offer_challenge));
  print.Add(static_cast<int64_t>(verdict.advise_second_factor));
  print.Add(static_cast<int64_t>(verdict.advise_notify_owner));
  print.Add(decision.at.time_since_epoch().count());
  print.Add(decision.policy_revision);
  print.Add(static_cast<int64_t>(decision.degraded));
  print.Add(static_cast<int64_t>(decision.attempt_token.empty()));
  print.Add(decision.attempt_token_expires.time_since_epoch().count());
  print.Add(static_cast<int64_t>(decision.challenge_id.empty()));
  print.Add(decision.challenge_expires.time_since_epoch().count());
  return print.hash();
}

Changed Compare(const std::vector<AnswerNote>& calm, const std::vector<AnswerNote>& attacked) {
  absl::flat_hash_map<uint64_t, uint64_t> given;
  given.reserve(attacked.size());
  for (const AnswerNote& answer : attacked) given[answer.key] = answer.fingerprint;
  absl::flat_hash_set<uint64_t> spent;
  Changed result;
  for (const AnswerNote& answer : calm) {
    if (!answer.by_device) spent.insert(answer.owner);
    if (spent.contains(answer.owner)) continue;
    ++result.compared;
    const auto found = given.find(answer.key);
    if (found == given.end() || found->second != answer.fingerprint) ++result.changed;
  }
  return result;
}

}  // namespace latchkey::lab
