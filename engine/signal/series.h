// Changes to a series: charge, give back, forget what no window can see any more.
//
// Up to kExactEntries charges keep their own times, the kRecentEntries latest ones always do (so that old
// charges never look young). Beyond that, neighbours become one entry, at the later of their times, when they
// fall in the same bucket: the largest power of two of milliseconds that is at most an
// eighth of the smallest window that still sees them. Buckets of different windows nest, so merging again and
// again never moves a charge out of one bucket: a count is never too low, and too high for less than an
// eighth of the window. A series that counts ever keeps its kExactEntries - 1 latest entries and one more for
// all that is older.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "engine/base/clock.h"
#include "engine/signal/record.h"

namespace latchkey {

inline constexpr size_t kExactEntries = 32;
inline constexpr size_t kRecentEntries = 16;
// Enough for five windows. When more windows (or holds far longer than their windows) need more, the oldest
// entries become one.
inline constexpr size_t kEntriesMax = 96;
inline constexpr size_t kMembersMax = 128;  // of a distinct series
// Members kept beyond what the limits need, so that those whose attempts are open push nobody out.
inline constexpr size_t kMembersSlack = 8;

// How the entries of one series are kept; derived from all limits that read it.
struct Retention {
  std::span<const Duration> windows;  // ascending, without "ever"
  // The longest window plus the longest hold. Older entries are dropped. A series that counts ever drops all
  // of them at once, when none is younger; at zero, never.
  Duration horizon{0};
  size_t members_max = kMembersMax;  // distinct only: what any limit needs to see, and kMembersSlack more
};

// Adds `count` charges (of `member` in a distinct series) at `at`, keeping order and bounds. A member counts
// from its latest charge; when there are too many, the oldest one goes.
void Charge(Series& series, TimePoint at, int64_t count, uint64_t member, const Retention& retention);

// Which of the entries GiveBack takes from; nothing when it takes nothing.
[[nodiscard]] std::optional<size_t> FindCharge(std::span<const Entry> entries, bool distinct, TimePoint at,
                                               int64_t count, uint64_t member, size_t members_max,
                                               Duration tolerance);

// Takes `count` charges back that were made at `at`; what is not there any more is not taken. (A member whose
// latest charge is taken back keeps its time, if earlier ones stand; and while there are `members_max`
// (unless that is zero) nothing is taken back, because somebody may have been pushed out: that only
// overcounts.) Where `at` is of another clock, the charge nearest to it is meant, at most `tolerance` away.
void GiveBack(Series& series, TimePoint at, int64_t count, uint64_t member, size_t members_max = 0,
              Duration tolerance = Duration::zero());

// Drops what has left the horizon.
void Forget(Series& series, const Retention& retention, TimePoint now);

}  // namespace latchkey
