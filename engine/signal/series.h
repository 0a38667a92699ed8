// Changes to a series: charge, give back, forget what no window can see any more.
//
// Up to kExactEntries charges keep their own times. Beyond that, neighbours that fall in the same sixteenth
// of the smallest window that still sees them become one entry at the later of their times. So a count is
// never too low, and too high for at most an eighth of the window.
#pragma once

#include <cstdint>
#include <span>

#include "engine/base/clock.h"
#include "engine/signal/record.h"

namespace latchkey {

inline constexpr size_t kExactEntries = 32;
inline constexpr size_t kMembersMax = 128;  // of a distinct series

// How the entries of one series are kept; derived from all limits that read it.
struct Retention {
  std::span<const Duration> windows;  // ascending, without "ever"
  Duration horizon{0};                // older entries are dropped; not for a series that counts ever
  size_t members_max = kMembersMax;   // distinct only: how many members any limit needs to see
};

// Adds `count` charges (of `member` in a distinct series) at `at`, keeping order and bounds.
void Charge(Series& series, TimePoint at, int64_t count, uint64_t member, const Retention& retention);

// Takes `count` charges back that were made at `at`; what is not there any more is not taken.
void GiveBack(Series& series, TimePoint at, int64_t count, uint64_t member);

void Forget(Series& series, const Retention& retention, TimePoint now);

}  // namespace latchkey
