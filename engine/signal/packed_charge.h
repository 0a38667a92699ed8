// ApplyCharge (shard.h) on packed records (record_bench.h).
#pragma once

#include "engine/signal/record_bench.h"
#include "engine/signal/shard.h"

namespace latchkey {

// Says in `result` what ApplyCharge would, with a brief and without the records. False: this is one of the
// rare cases that only ApplyCharge can do; nothing was changed. Requires: both are the bytes of records.
[[nodiscard]] bool ChargePacked(const ChargeRequest& request, TimePoint now, PackedChange& account,
                                PackedChange& network, ChargeResult& result);

}  // namespace latchkey
