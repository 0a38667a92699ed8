// A rival bidder: a few wrong passwords on the victim's account right before the auction closes.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind SniperKind();

}  // namespace latchkey::lab
