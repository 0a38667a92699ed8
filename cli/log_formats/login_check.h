// What every format asks of an event before it is sent, so that one odd line cannot spoil a frame.
#pragma once

#include <string>

#include "latchkey/v1/events.pb.h"

namespace latchkey::cli {

// Why the server would refuse the account or the source, or nothing. Both are shown as sent.
[[nodiscard]] std::string WhyNotALogin(const v1::LoginEvent& event);

}  // namespace latchkey::cli
