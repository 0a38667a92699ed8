// ApplySettle (shard.h) on packed records (record_bench.h).
#pragma once

#include "engine/signal/record_bench.h"
#include "engine/signal/shard.h"

namespace latchkey {

// Says in `result` what ApplySettle would, without the records. False: this is one of the rarer cases that
// only ApplySettle can do (an attempt that is settled already or over, one that was not verified); nothing
// was changed. Requires: both are the bytes of records.
[[nodiscard]] bool SettlePacked(const SettleRequest& request, TimePoint now, PackedChange& account,
                                PackedChange& network, SettleResult& result);

}  // namespace latchkey
