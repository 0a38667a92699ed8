#include "engine/signal/limit.h"

#include <algorithm>
#include <cmath>

namespace latchkey {
namespace {

int64_t Weight(const Entry& entry, bool distinct) { return distinct ? 1 : entry.count; }

bool InWindow(const Entry& entry, const Limit& limit, TimePoint now) {
  return limit.ever() || entry.at > now - limit.window;
}

bool QuietBetween(const Limit& limit, TimePoint earlier, TimePoint later) {
  return limit.quiet > Duration::zero() && later - earlier >= limit.quiet;
}

// The latest end of a hold that a charge older than the token's life started, if one runs.
std::optional<TimePoint> RunningHold(const Limit& limit, std::span<const Entry> entries, bool distinct,
                                     TimePoint now, Duration token_life) {
  if (limit.hold == Duration::zero() || limit.above == 0) return std::nullopt;
  std::optional<TimePoint> end;
  int64_t count = 0;
  size_t oldest = 0;
  for (const Entry& entry : entries) {
    count += Weight(entry, distinct);
    while (!limit.ever() && entries[oldest].at <= entry.at - limit.window)
      count -= Weight(entries[oldest++], distinct);
    const TimePoint hold_end = entry.at + limit.hold;
    if (count >= limit.above && entry.at <= now - token_life && hold_end > now) end = hold_end;
  }
  return end;
}

// When the window has room again for `weight`, if it ever has by itself.
std::optional<TimePoint> RoomAt(const Limit& limit, std::span<const Entry> entries, bool distinct,
                                int64_t weight, int64_t count, TimePoint now) {
  if (limit.quiet > Duration::zero()) return (count > 0 ? entries.back().at : now) + limit.quiet;
  if (limit.ever()) return std::nullopt;
  for (const Entry& entry : entries) {
    if (!InWindow(entry, limit, now)) continue;
    count -= Weight(entry, distinct);
    if (count + weight <= limit.above) return entry.at + limit.window;
  }
  return now + limit.window;
}

// When a throttle that has begun to wait after the charge at `last` admits again. Charges leave the window
// meanwhile, and the wait shrinks with them.
TimePoint WaitEnds(const Limit& limit, std::span<const Entry> entries, bool distinct, int64_t weight,
                   int64_t count, TimePoint now, TimePoint last) {
  auto waited = [&] { return last + WaitOf(limit.wait, std::max<int64_t>(1, count - limit.above + 1)); };
  TimePoint end = waited();
  if (limit.quiet > Duration::zero()) end = std::min(end, last + limit.quiet);
  if (limit.ever()) return end;
  for (const Entry& entry : entries) {
    if (!InWindow(entry, limit, now)) continue;
    const TimePoint leaves = entry.at + limit.window;
    if (leaves >= end) break;
    count -= Weight(entry, distinct);
    if (count + weight <= limit.above) return leaves;
    end = std::min(end, std::max(leaves, waited()));
  }
  return end;
}

}  // namespace

Duration WaitOf(const Wait& wait, int64_t j) {
  if (wait.first <= Duration::zero()) return Duration::zero();
  const double ms =
      static_cast<double>(wait.first.count()) * std::pow(wait.factor, static_cast<double>(j - 1));
  if (!(ms < static_cast<double>(wait.max.count()))) return wait.max;
  return Duration(static_cast<int64_t>(std::floor(ms)));
}

LimitState EvaluateLimit(const Limit& limit, std::span<const Entry> entries, bool distinct, int64_t weight,
                         TimePoint now, Duration token_life) {
  LimitState state;
  int64_t settled = 0;
  std::optional<TimePoint> last;
  for (const Entry& entry : entries) {
    if (!InWindow(entry, limit, now)) continue;
    if (last && QuietBetween(limit, *last, entry.at)) state.count = settled = 0;
    state.count += Weight(entry, distinct);
    if (entry.at <= now - token_life) settled += Weight(entry, distinct);
    last = entry.at;
  }
  if (last && QuietBetween(limit, *last, now)) {
    state.count = settled = 0;
    last.reset();
  }
  const bool full = state.count + weight > limit.above;
  const bool firm = settled + weight > limit.above;

  switch (limit.then) {
    case Consequence::kChallenge:
      state.refuses = full;
      if (full) state.until = RoomAt(limit, entries, distinct, weight, state.count, now);
      break;
    case Consequence::kLockout: {
      const std::optional<TimePoint> hold = RunningHold(limit, entries, distinct, now, token_life);
      state.refuses = full || hold.has_value();
      if (full) state.until = RoomAt(limit, entries, distinct, weight, state.count, now);
      if (hold && (!full || (state.until && *state.until < *hold))) state.until = hold;
      if (hold) return state;  // A hold is started by settled charges alone.
      break;
    }
    case Consequence::kThrottle: {
      if (!full) break;
      if (last) state.until = WaitEnds(limit, entries, distinct, weight, state.count, now, *last);
      state.refuses = !firm || (last && now < *state.until);
      if (!state.refuses) state.until.reset();
      break;
    }
  }
  if (state.refuses && !firm) {
    state.provisional = true;
    const TimePoint soon = now + kProvisionalWait;
    if (!state.until || *state.until > soon || *state.until <= now) state.until = soon;
  }
  return state;
}

}  // namespace latchkey
