// Somebody who makes device and recovery tokens up: noise, cut, flipped and of other accounts.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind ForgerKind();

}  // namespace latchkey::lab
