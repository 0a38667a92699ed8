// A patient guesser who stays right below every limit, for ever.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind PacerKind();

}  // namespace latchkey::lab
