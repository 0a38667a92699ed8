// Which addresses of targets can be configured.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace latchkey {

enum class PlainHttp : uint8_t { kRefused, kAllowed };

// OK for https://host[:port]/path, and http where allowed. kInvalidArgument, naming what is wrong, for other
// schemes, credentials inside, fragments, and what is no URL.
[[nodiscard]] absl::Status CheckTargetUrl(const std::string& url, PlainHttp plain);

}  // namespace latchkey
