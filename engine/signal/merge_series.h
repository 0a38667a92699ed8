// The series that holds what several know of one counter (merge.h says by which rules).
#pragma once

#include <cstddef>
#include <vector>

#include "engine/signal/record.h"

namespace latchkey {

// In any order the same; merging one of them again changes nothing; no window has fewer charges in the result
// than in any of them. `members_max`: of a distinct series, beyond which the oldest go; zero: as many as a
// series may have. Requires: at least one, all of one id.
[[nodiscard]] Series MergeSeries(const std::vector<Series>& all, size_t members_max);

// Makes one entry, at its time, of the entry that is the `max`-th latest and all older ones. (Of a distinct
// series the older ones go.)
void LimitEntries(Series& series, size_t max);

}  // namespace latchkey
