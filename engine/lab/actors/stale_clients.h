// Mail programs and apps that go on with an old password while their owner logs in elsewhere.
#pragma once

#include "engine/lab/catalogue.h"

namespace latchkey::lab {

[[nodiscard]] ActorKind StaleClientsKind();

}  // namespace latchkey::lab
