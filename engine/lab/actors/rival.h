// A rival of the victim: attacks from his own home or with his own browser, or somebody makes it look so.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind RivalKind();

}  // namespace latchkey::lab
