// Counts of what was decided and reported, over some span of time.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/assess/decision.h"
#include "engine/assess/observer.h"
#include "engine/attempt/lane.h"
#include "engine/stats/latency.h"

namespace latchkey {

struct Counts {
  // By number; the numbers of actions and of outcomes begin at 1.
  using ActionTable = std::array<std::array<int64_t, kLaneCount>, 5>;
  using OutcomeTable = std::array<int64_t, 7>;
  using ShadowTable = std::array<std::array<int64_t, 5>, 5>;
  // Decisions about a tenant's accounts, or of a path.
  struct Share {
    int64_t decisions = 0;
    int64_t refused = 0;
    bool operator==(const Share&) const = default;
  };

  ActionTable decisions{};  // [action][lane]
  OutcomeTable outcomes{};
  ShadowTable shadow{};  // [what was answered][what a shadowed policy would have]
  std::array<int64_t, 5>
      shadow_rules{};  // by what the answer would have been with the shadowed rules enforced
  std::array<int64_t, kLaneCount> proven_refused{};  // refusals, by the strongest lane that was proved
  int64_t degraded = 0;
  // By the number of the name in its table; those beyond the end are zero.
  std::vector<int64_t> rules;
  std::vector<Share> tenants;
  std::vector<Share> paths;
  LatencyCounts decision_time{};
  LatencyCounts store_time{};

  void Add(const Counts& more);
  // Keeps the memory of the vectors.
  void Clear();
  bool operator==(const Counts&) const = default;

  [[nodiscard]] int64_t OfAction(Action action) const;
  [[nodiscard]] int64_t OfLane(Lane lane) const;
  [[nodiscard]] int64_t RefusedInLane(Lane lane) const;
  [[nodiscard]] int64_t All() const;
  [[nodiscard]] int64_t Refused() const { return All() - OfAction(Action::kAllow); }
};

}  // namespace latchkey
