#include "engine/assess/reported_attempts.h"

#include <utility>

namespace latchkey {

void ReportedAttempts::Turn(Part& part, TimePoint now) const {
  const Duration since = now - part.turned;
  if (since >= Duration::zero() && since < token_life_) return;
  part.before.swap(part.latest);
  part.latest.clear();
  if (since < Duration::zero() || since >= 2 * token_life_) part.before.clear();
  part.turned = now;
}

ReportedAttempts::Known ReportedAttempts::Note(const Key& account, uint64_t reservation, Word word,
                                               TimePoint now) {
  // The key of an account is a keyed hash: these are spread evenly, whoever chooses the accounts.
  const uint64_t id = account.low ^ (reservation * 0x9E3779B97F4A7C15ULL);
  Part& part = parts_[(id >> 32U) % kLocks];
  const MutexLock lock(part.mutex);
  Turn(part, now);
  for (const auto* known : {&part.latest, &part.before}) {
    const auto found = known->find(id);
    if (found != known->end()) return found->second == Word::kFailed ? Known::kFailed : Known::kOther;
  }
  if (part.latest.size() >= kept_each_) return Known::kFull;
  part.latest.emplace(id, word);
  return Known::kNothing;
}

}  // namespace latchkey
