// How many people can live behind one address before its strangers are troubled: the benign load it bears.
//
// The model (docs/certificate.md has the sources): each person logs in once a day; 7 % of the logins fail at
// first and half of those fail again each time, so 0.14 failures a person and day; 15 % of a day's logins
// fall into its busiest hour; none of them has a token yet, as on the first day. The limit is reached in one
// busy window of a hundred (Poisson).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/policy/certificate/reach.h"

namespace latchkey {

struct SharedAddressLine {
  std::string rule;
  int limit_index = 0;
  bool network = false;  // of a network, else of one address
  Consequence then = Consequence::kChallenge;
  int64_t above = 0;
  Duration window{0};
  int64_t people = 0;  // that it bears
};

// One line for each limit on addresses or networks, in the order of the policy.
[[nodiscard]] std::vector<SharedAddressLine> BoundSharedAddresses(const std::vector<Reach>& reaches);

}  // namespace latchkey
