// How many nodes and shards a rate of logins wants, from what was measured.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace latchkey::load {

// Markdown for docs/capacity.md, from the JSON of `latchkey-load --compare` and of `latchkey-load --scaling`
// with shards. kInvalidArgument when they are not, or lack what the model needs.
absl::StatusOr<std::string> CapacityModel(std::string_view compare_json, std::string_view scaling_json);

}  // namespace latchkey::load
