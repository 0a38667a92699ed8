// The comparison's JSON as a table for docs/performance.md, so that no figure is typed by hand.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace latchkey::load {

// Markdown: the figures with their targets, what Redis is asked, and the peers. kInvalidArgument when this is
// not what `latchkey-load --compare --output json` has printed.
absl::StatusOr<std::string> CompareTable(std::string_view json);

}  // namespace latchkey::load
