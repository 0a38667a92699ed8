#include "engine/workflow/standings.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

bool FromEvidence(StandingState state) {
  return state == StandingState::kSuspected || state == StandingState::kUnderAttack;
}

Standing GoodOf(const Standing& was, TimePoint since, std::string reason) {
  return {was.account_key, was.tenant, was.account, StandingState::kGood, since, {}, std::move(reason), ""};
}

}  // namespace

Standings::Standings(Limits limits, uint64_t instance)
    : limits_(limits),
      instance_(absl::StrCat(absl::Hex(instance, absl::kZeroPad16))),
      wakers_(limits.followers_max),
      changes_(limits.changes_max) {}

Standing Standings::Get(const StandingSubject& subject, TimePoint now) {
  Advance(now);
  const MutexLock lock(mutex_);
  const auto found = standings_.find(subject.key);
  if (found != standings_.end()) return found->second;
  return {subject.key,
          std::string(subject.tenant),
          std::string(subject.account),
          StandingState::kGood,
          {},
          {},
          "",
          ""};
}

void Standings::Observe(const StandingSubject& subject, StandingState state, std::string_view reason,
                        Duration hold, TimePoint now) {
  if (!FromEvidence(state)) return;
  {
    const MutexLock lock(mutex_);
    EndDue(now);
    const TimePoint end = now + std::clamp<Duration>(hold, Duration(0), std::chrono::hours(24 * 30));
    if (const auto found = standings_.find(subject.key); found != standings_.end()) {
      Standing& present = found->second;
      if (present.state > state) return;
      if (present.state == state) {  // The same evidence again only lasts longer; that is no change.
        ends_.erase({present.end, subject.key});
        present.end = std::max(present.end, end);
        ends_.insert({present.end, subject.key});
        return;
      }
    } else if (!MakeRoom(now)) {
      return;
    }
    Change({subject.key, std::string(subject.tenant), std::string(subject.account), state, now, end,
            std::string(reason), ""});
  }
  wakers_.Wake();
}

absl::StatusOr<Standing> Standings::Set(const StandingSubject& subject, StandingState state,
                                        std::string_view author, std::string_view reason, TimePoint now) {
  if (FromEvidence(state)) {
    return absl::InvalidArgumentError("state: only compromised and good are set by people");
  }
  Standing standing{subject.key, std::string(subject.tenant), std::string(subject.account), state, now,
                    {},          std::string(reason),         std::string(author)};
  {
    const MutexLock lock(mutex_);
    EndDue(now);
    if (state == StandingState::kCompromised && !standings_.contains(subject.key) && !MakeRoom(now)) {
      return absl::ResourceExhaustedError("too many accounts have a standing set by people");
    }
    Change(standing);
  }
  wakers_.Wake();
  return standing;
}

std::string Standings::Cursor(TimePoint now) {
  Advance(now);
  const MutexLock lock(mutex_);
  return CursorOf(changes_.last());
}

absl::StatusOr<Standings::Changes> Standings::ChangesAfter(std::string_view cursor, size_t count_max,
                                                           TimePoint now) {
  const size_t dash = cursor.find('-');
  uint64_t position = 0;
  if (dash == std::string_view::npos || !absl::SimpleAtoi(ToAbsl(cursor.substr(dash + 1)), &position)) {
    return absl::InvalidArgumentError("cursor: not one that a stream has answered");
  }
  if (cursor.substr(0, dash) != instance_) {
    return absl::OutOfRangeError("cursor: of a server that was started earlier; read the standings anew");
  }
  Advance(now);
  const MutexLock lock(mutex_);
  if (position > changes_.last()) return absl::InvalidArgumentError("cursor: of the future");
  auto page = changes_.ReadAfter(position, count_max);
  if (page.missed > 0) {
    return absl::OutOfRangeError(absl::StrCat(
        "cursor: ", page.missed, " changes after it are no longer kept; read the standings anew"));
  }
  Changes changes{std::move(page.items), {}, CursorOf(page.position)};
  for (size_t i = 1; i <= changes.standings.size(); ++i) changes.cursors.push_back(CursorOf(position + i));
  return changes;
}

void Standings::Advance(TimePoint now) {
  bool changed = false;
  {
    const MutexLock lock(mutex_);
    const uint64_t before = changes_.last();
    EndDue(now);
    changed = changes_.last() != before;
  }
  if (changed) wakers_.Wake();
}

void Standings::EndDue(TimePoint now) {
  while (!ends_.empty() && ends_.begin()->at <= now) {
    const End end = *ends_.begin();
    Change(GoodOf(standings_.at(end.key), end.at, "nothing more was seen"));
  }
}

void Standings::Change(Standing standing) {
  if (const auto found = standings_.find(standing.account_key); found != standings_.end()) {
    ends_.erase({found->second.end, standing.account_key});
    standings_.erase(found);
  }
  if (standing.state != StandingState::kGood) standings_.emplace(standing.account_key, standing);
  if (FromEvidence(standing.state)) ends_.insert({standing.end, standing.account_key});
  changes_.Append(std::move(standing));
}

bool Standings::MakeRoom(TimePoint now) {
  if (standings_.size() < limits_.accounts_max) return true;
  if (ends_.empty()) return false;
  const End first = *ends_.begin();
  Change(GoodOf(standings_.at(first.key), now, "forgotten for want of room"));
  return true;
}

std::string Standings::CursorOf(uint64_t position) const { return absl::StrCat(instance_, "-", position); }

}  // namespace latchkey
