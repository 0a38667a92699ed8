// Shift workers at one machine: one browser and one address for all of them.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind KioskKind();

}  // namespace latchkey::lab
