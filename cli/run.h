// The whole command line as one function.
#pragma once

#include <string>
#include <vector>

#include "cli/exit_code.h"
#include "cli/streams.h"

namespace latchkey::cli {

// Runs `latchkey ARGUMENTS`. Throws nothing, ends no process, keeps no state: tests call it many times.
[[nodiscard]] ExitCode Run(const std::vector<std::string>& arguments, const Streams& streams);

}  // namespace latchkey::cli
