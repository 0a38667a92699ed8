// Information flow, as types are checked: who can raise a counter that refuses somebody else?
//
// Levels are (lane, principal). A limit that refuses an attempt in a proven lane must be fed by that very
// proof alone: not from below (a weaker lane) and not from beside (another device, recovery, address, account
// or tenant). Findings are of P1 (a proven lane changed from elsewhere), P4 (recovery starved), P5 (strangers
// cause what does not end), P8 (every lane closed at once) and P10 (an address judged beyond its strangers).
#pragma once

#include <vector>

#include "engine/policy/certificate/breach.h"
#include "engine/policy/certificate/reach.h"

namespace latchkey {

[[nodiscard]] std::vector<Breach> FindFlows(const std::vector<Reach>& reaches);

// Lanes that somebody else can have refused by this limit.
[[nodiscard]] LaneSet RefusedFromElsewhere(const Reach& reach);

// How many requests fill the limit, at least.
[[nodiscard]] int64_t RequestsToFill(const Reach& reach);

}  // namespace latchkey
