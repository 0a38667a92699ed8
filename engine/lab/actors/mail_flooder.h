// Somebody who asks for the victim's recovery mail over and over, so that the real one drowns.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind MailFlooderKind();

}  // namespace latchkey::lab
