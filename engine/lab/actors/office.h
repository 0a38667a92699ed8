// An office, dormitory or school: many people behind one address, most of them coming at nine.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind OfficeKind();

}  // namespace latchkey::lab
