// Somebody who signs up, earns tokens and a familiar address of his own, and presents them to the victim.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind FarmerKind();

}  // namespace latchkey::lab
