// Uptime monitors that log in with a wrong password to see that the login page answers.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind MonitorsKind();

}  // namespace latchkey::lab
