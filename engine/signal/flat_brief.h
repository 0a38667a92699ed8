// What an admitted attempt has to know of its records (ChargeBrief), read from flat ones in place.
#pragma once

#include <optional>
#include <string_view>

#include "engine/signal/shard.h"

namespace latchkey {

// Nothing when that takes more than a glance: a stronger lane that may have refused, a series that may have
// come to a limit, a charge that is shared, a challenge. Both records are as they were after the charge that
// `result` tells of. Requires: IsWholeFlatRecord of both.
[[nodiscard]] std::optional<ChargeBrief> GlanceAt(const ChargeRequest& request, const ChargeResult& result,
                                                  std::string_view account, std::string_view network);

}  // namespace latchkey
