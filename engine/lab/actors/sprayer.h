// The same few common passwords on every account, from a few machines.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind SprayerKind();

}  // namespace latchkey::lab
