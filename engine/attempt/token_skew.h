// How far the clocks of nodes may be apart.
#pragma once

#include "engine/base/clock.h"

namespace latchkey {

// A token that was issued from as little ahead is not from the future. It lives for as much longer.
inline constexpr Duration kTokenSkewMax = std::chrono::minutes(1);

}  // namespace latchkey
