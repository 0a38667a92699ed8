// Somebody who sends the same history to an existing account and to an unknown one, to tell them apart.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind ProberKind();

}  // namespace latchkey::lab
