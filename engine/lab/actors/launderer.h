// A guesser who logs in to an account of his own between guesses, to wash his address clean.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind LaundererKind();

}  // namespace latchkey::lab
