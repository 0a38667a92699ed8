// What a change of policy does to every line of its certificate.
#pragma once

#include <string>
#include <vector>

#include "engine/policy/certificate/certificate.h"
#include "engine/policy/policy.h"

namespace latchkey {

struct LineChange {
  std::string section;
  std::string name;
  std::string before;  // empty: the line is new
  std::string after;   // empty: the line is gone
  bool operator==(const LineChange&) const = default;
};

// Lines whose values differ, in the order of `after`; those that are gone come last.
[[nodiscard]] std::vector<LineChange> CompareCertificates(const Certificate& before,
                                                          const Certificate& after);

// A counter that the new policy has and the old one had not: it starts empty, so on the day of the change
// whoever had spent the old one gets this budget once more.
struct FreshCounter {
  std::string rule;    // "stranger-guesses"
  std::string counts;  // "failures by account, source"
  int64_t extra = 0;   // what its largest limit admits
  bool operator==(const FreshCounter&) const = default;
};
[[nodiscard]] std::vector<FreshCounter> FreshCounters(const Policy& before, const Policy& after);

}  // namespace latchkey
