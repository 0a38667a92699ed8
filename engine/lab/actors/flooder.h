// Invented names and addresses without end, to fill the memory that counts.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind FlooderKind();

}  // namespace latchkey::lab
