// What the process says to scripts when it ends. Documented in --help and docs/cli.md; numbers never change.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace latchkey::cli {

enum class ExitCode {
  kOk = 0,             // done; `assess`: ALLOW
  kError = 1,          // something else went wrong: a file, a bug, an answer we do not understand
  kUsage = 2,          // the command line, or a value in it, is wrong
  kRefused = 3,        // `assess`: the policy answered THROTTLE, CHALLENGE or LOCKOUT
  kNotFound = 4,       // no such device, source, decision or revision
  kUnavailable = 5,    // the server cannot be reached, is not ready, or was too slow
  kDenied = 6,         // the API key is missing, unknown, or lacks the role
  kConflict = 7,       // somebody else was faster, or the server is configured against it
  kInvalidPolicy = 8,  // `policy check|apply`: the text is wrong
};

// One line a code, for --help.
[[nodiscard]] std::string ExitCodesText();

// For a call or a local step that failed. Requires: !status.ok().
[[nodiscard]] ExitCode ExitCodeOf(const absl::Status& status);

// A failure on this side of the wire, which no code of gRPC fits: exit code 1.
[[nodiscard]] absl::Status LocalError(std::string message);

}  // namespace latchkey::cli
