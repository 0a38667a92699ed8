// Many machines, each failing once or twice on the same few victims.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind BotnetKind();

}  // namespace latchkey::lab
