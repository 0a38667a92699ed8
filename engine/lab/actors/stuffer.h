// Pairs of names and passwords from somebody else's breach, each tried once.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind StufferKind();

}  // namespace latchkey::lab
