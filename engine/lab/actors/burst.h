// A thousand guesses in flight at once: all are asked for before the first is reported.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind BurstKind();

}  // namespace latchkey::lab
