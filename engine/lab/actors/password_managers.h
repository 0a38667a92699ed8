// People whose password manager holds an old password and sends it again and again before they see it.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind PasswordManagersKind();

}  // namespace latchkey::lab
