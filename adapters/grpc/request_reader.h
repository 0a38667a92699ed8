// Reads an AssessRequest where it lies: its names are looked at, and no message is made of it.
#pragma once

#include <optional>
#include <string_view>

#include "engine/attempt/attempt.h"

namespace latchkey {

// What the message's own parser and Decode would make of these bytes, but for the caller; the names look at
// them. Nothing for whatever is not usual: a field that is not known or seldom sent, a name that is not
// ASCII, anything that is wrong. Those two have the word then.
[[nodiscard]] std::optional<AttemptView> ReadUsualRequest(std::string_view bytes);

}  // namespace latchkey
