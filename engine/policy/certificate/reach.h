// What each limit of a policy reaches: the lanes it refuses, and those whose attempts feed its counter.
//
// Every analysis of the certificate reads these, so that it speaks of the programs that the engine runs and
// not of the text they came from.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "engine/policy/policy.h"

namespace latchkey {

// An enforced limit, once for all lanes that have it.
struct Reach {
  const Counter* counter = nullptr;
  Limit limit;
  Until until = Until::kWindow;
  int rule = -1;  // index into Policy::rules(), -1 for a budget
  int limit_index = 0;
  LaneSet refuses;                      // lanes that must pass it
  LaneSet fed_by;                       // lanes whose attempts raise its counter
  std::array<Place, kLaneCount> place;  // by lane of `refuses`
  std::string name;                     // "stranger-guesses", "lanes.device", "factors.one_time_code"
  std::string path;                     // "rules[0].limits[1]", as diagnostics say it

  [[nodiscard]] bool Has(KeyKind kind) const;
  // Counts one account, one of its devices or one of its pairs; else an address, a network, a tenant.
  [[nodiscard]] bool of_account() const { return counter->shard == Shard::kAccount; }
  // An address or network, whatever the account.
  [[nodiscard]] bool of_address() const;
  [[nodiscard]] bool of_factor() const;  // a budget of codes
  // A refusal has an end that nobody has to bring about.
  [[nodiscard]] bool ends_by_itself() const;
  // How long it refuses once it is full. Requires: ends_by_itself(), and no throttle.
  [[nodiscard]] Duration refuses_for() const;
  // Every attempt with this factor in its lanes meets it, whatever the path, group and what the caller tells.
  [[nodiscard]] bool meets_all(Factor factor) const;
  [[nodiscard]] bool meets_all_passwords() const { return meets_all(Factor::kPassword); }
};

// Requires that `policy` outlives the answer. Shadowed limits reach nothing and are left out.
[[nodiscard]] std::vector<Reach> ReachesOf(const Policy& policy);

}  // namespace latchkey
