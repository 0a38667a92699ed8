// What was measured as one HTML page that needs nothing else: no script, no outside resource.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace latchkey::load {

// From the JSON of a comparison, of profiles or of both: tables, and latencies as curves. kInvalidArgument
// when it is neither.
absl::StatusOr<std::string> ReportPage(std::string_view json);

}  // namespace latchkey::load
