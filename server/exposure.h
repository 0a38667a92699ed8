// Whether a service may be reached the way it is configured: default deny beyond loopback.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "server/settings.h"

namespace latchkey {

// "127.0.0.1:7450", "[::1]:0", "localhost:1", "unix:/run/latchkey.sock".
[[nodiscard]] bool IsLocalOnly(std::string_view listen);

// OK on loopback and on a Unix socket; elsewhere only with TLS and known callers, unless `insecure` says so.
[[nodiscard]] absl::Status CheckExposure(const ServerSettings& settings);

}  // namespace latchkey
