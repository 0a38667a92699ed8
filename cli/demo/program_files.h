// Where the demo's parts are: beside this program, in a build folder or installed.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace latchkey::demo {

// latchkeyd: in the folder of this program, or in server/ beside it, as a build has it.
[[nodiscard]] absl::StatusOr<std::string> FindServer();

// A policy such as "baselines/five-strikes.yaml": in policies/ or share/latchkey/policies/ of a folder above
// this program.
[[nodiscard]] absl::StatusOr<std::string> FindPolicy(const std::string& name);

}  // namespace latchkey::demo
