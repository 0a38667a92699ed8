// Somebody who knows an old password of the victim and tries variations of it, likely ones first.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind GuesserKind();

}  // namespace latchkey::lab
