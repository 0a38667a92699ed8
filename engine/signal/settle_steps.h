// Steps of a settlement (shard.h) that are the same on unpacked records and on packed ones (packed_settle.h).
#pragma once

#include <vector>

#include "engine/signal/shard.h"

namespace latchkey {

// RememberProof (shard.h) in these slots.
void RememberIn(std::vector<Slot>& slots, Lane lane, const Remember& proof, TimePoint now);

// The proof that a login was made with was seen now.
void SeeAgain(std::vector<Slot>& slots, const SettleRequest& request, TimePoint now);

// Whether this wrong password was known as wrong; remembers it if not. Each slot has places of its own, so
// that what is tried with one proof never displaces what was tried with another. Requires: it has a tag.
[[nodiscard]] bool KnownWrong(std::vector<WrongTag>& tags, const SettleRequest& request, TimePoint now);

// Whether what was charged then is to be taken from its series: what no window sees any more is not, since
// another charge may stand in its place.
[[nodiscard]] bool StillSeen(const CounterEffect& effect, TimePoint charged_at, TimePoint now);

}  // namespace latchkey
