// Families with one browser: who is in a hurry types his own password into another's account.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind FamilyKind();

}  // namespace latchkey::lab
