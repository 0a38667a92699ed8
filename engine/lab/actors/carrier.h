// Customers of a mobile network: each login comes from any of a few addresses that all of them share.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind CarrierKind();

}  // namespace latchkey::lab
