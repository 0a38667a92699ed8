// A guesser who waits for the victim's own login and guesses right after it, when counters are fresh.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind TailgaterKind();

}  // namespace latchkey::lab
