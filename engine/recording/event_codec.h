// Events as bytes: MessagePack arrays that begin with the kind of event.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/recording/event.h"

namespace latchkey {

[[nodiscard]] std::string EncodeEvent(const RecordedEvent& event);
// Nothing for bytes that are no event.
[[nodiscard]] std::optional<RecordedEvent> DecodeEvent(std::string_view bytes);

}  // namespace latchkey
