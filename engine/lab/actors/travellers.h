// People who leave for another country with a new phone.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind TravellersKind();

}  // namespace latchkey::lab
