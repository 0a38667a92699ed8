// The lines that nodes write for each other (stats_exchange.h), as bytes: MessagePack with a version in
// front. A line of another version, or one that is damaged, is nothing.
//
// Pseudonyms, rules, tenants, paths and numbers of autonomous systems only: names of accounts and addresses
// stay on the node that was asked.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stats/active_refusals.h"
#include "engine/stats/counts.h"
#include "engine/stats/decision_stats.h"

namespace latchkey {

// All that a node has counted since its start. Ids are those of `names`, so of its own tables.
[[nodiscard]] std::string EncodeCounts(const Counts& counts, DecisionStats& names);
// With ids of `names`, which learns what is new.
[[nodiscard]] std::optional<Counts> DecodeCounts(std::string_view line, DecisionStats& names);

struct NodeLists {
  // Of each list, by TopKind; the most that a line holds.
  static constexpr std::array<size_t, kTopKinds> kTopMax = {256, 256, 128, 64};
  static constexpr size_t kRefusalsMax = 128;

  std::array<TopList, kTopKinds> tops;
  std::vector<ActiveRefusal> refusals;
  int64_t refusals_left_out = 0;
};

// At most so many of each, most hits and latest refusals first.
[[nodiscard]] std::string EncodeLists(NodeLists lists);
[[nodiscard]] std::optional<NodeLists> DecodeLists(std::string_view line);

// What `now` has more than `before`; where that is less, `now`: its counter began anew.
[[nodiscard]] Counts Difference(const Counts& now, const Counts& before);

}  // namespace latchkey
