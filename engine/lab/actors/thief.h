// Malware that has copied a device token of the victim and guesses with it.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind ThiefKind();

}  // namespace latchkey::lab
