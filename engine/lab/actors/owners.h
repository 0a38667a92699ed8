// People at home, each with an address and a usual browser.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind OwnersKind();

}  // namespace latchkey::lab
