// The words that a certificate is written in: spans, lanes, what is counted.
#pragma once

#include <string>

#include "engine/attempt/lane.h"
#include "engine/base/clock.h"
#include "engine/policy/policy.h"

namespace latchkey {

// "15m", "1h30m", "30d"; as a policy writes it.
[[nodiscard]] std::string SpanText(Duration span);
// "15 min", "1.5 h", "30 days"; as people say it.
[[nodiscard]] std::string SpanWords(Duration span);
// "5 wrong passwords", "1 wrong password".
[[nodiscard]] std::string ChargesWords(const Counter& counter, int64_t count);
// "on his own device, at a familiar address"; "everywhere" for all lanes.
[[nodiscard]] std::string WhereWords(LaneSet lanes);
// "stranger, challenged".
[[nodiscard]] std::string LaneNames(LaneSet lanes);

}  // namespace latchkey
