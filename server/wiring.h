// The only place that names concrete classes together: builds latchkeyd from its settings and runs it.
#pragma once

#include "absl/status/status.h"
#include "adapters/system/signals.h"
#include "server/settings.h"

namespace latchkey {

inline constexpr char kVersion[] = "0.1.0";

// Whether the service would start: policy, callers, key ring and TLS rules. Binds and creates nothing.
[[nodiscard]] absl::Status CheckConfiguration(const ServerSettings& settings);

// Runs until SIGTERM or SIGINT, then drains. A status says why it could not start.
[[nodiscard]] absl::Status Serve(const ServerSettings& settings, Signals& signals);

}  // namespace latchkey
