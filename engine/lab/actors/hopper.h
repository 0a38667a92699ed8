// A guesser who takes another way in each time: the web page, the API, mail, OAuth, recovery codes.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind HopperKind();

}  // namespace latchkey::lab
