// Customers who all come at once when a sale begins.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind ShoppersKind();

}  // namespace latchkey::lab
