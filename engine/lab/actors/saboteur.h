// Somebody who fails logins on an account to keep its owner out, for as long as it lasts.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind SaboteurKind();

}  // namespace latchkey::lab
