// One record of two: what a shard knows and what somebody remembers of it.
//
// Two uses. After an outage, what a node counted by itself is added to what the store holds. After a wipe or
// a rollback, what nodes remember of records is put back, by each node for itself and perhaps several times.
// So merging is commutative and idempotent, and says what must not be lost:
//
//   charges       of a series, never fewer in any window than either record has. The kRecentEntries latest
//   ones
//                 of both together, which always have their own times, are united by them; of what is older,
//                 the higher count stands (the same charges may be summed up differently in the two).
//   ever-series   that a success clears lose what is not younger than the last success of their slot.
//   slots         are united by lane and id. Where two records gave one place to two proofs, the one that is
//                 there longer keeps it, and the series of the other move with it. When there are more than
//                 `slots_max`, those seen longest ago go, with their counts.
//   revocations   the higher epoch stands, and devices and recoveries of a lower one go; spent ids are
//   united.
//
// What was given back in one record only is counted again: an error on the careful side. The bounds of
// record.h hold; of too many the oldest reservations of the weakest lane and the oldest tags go, series that
// find no place are counted in the one of the crowd, and what would be more than kRecordBytesMax bytes keeps
// fewer, coarser entries (then, and only then, merging again may count some old charges later than they
// were).
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "engine/attempt/lane.h"
#include "engine/signal/record.h"

namespace latchkey {

// What merging needs to know of a policy (engine/policy/merge_rules.h). Series of other signatures are merged
// as plain ones.
struct MergeRules {
  struct Counter {
    uint16_t signature = 0;
    std::optional<Lane> slot_lane;  // `sub` is the index of a slot of this lane
    bool cleared_by_success = false;
    size_t members_max = 0;  // distinct only
  };
  std::vector<Counter> counters;
  std::array<int64_t, kLaneCount> slots_max{};  // zero: as many as there are

  [[nodiscard]] const Counter* Find(uint16_t signature) const;
};

[[nodiscard]] Record MergeRecords(Record a, Record b, const MergeRules& rules);

}  // namespace latchkey
