#include "cli/exit_code.h"

namespace latchkey::cli {

std::string ExitCodesText() {
  return "Exit codes:\n"
         "  0  done; for assess: ALLOW\n"
         "  1  something went wrong here: a file, a terminal, an answer that is not understood\n"
         "  2  the command line, or a value in it, is wrong\n"
         "  3  assess: the policy refused (THROTTLE, CHALLENGE or LOCKOUT)\n"
         "  4  no such device, source, decision or revision\n"
         "  5  the server cannot be reached, is not ready, or was too slow\n"
         "  6  the API key is missing, unknown, or lacks the role\n"
         "  7  somebody else was faster, or the server is configured against it\n"
         "  8  policy check, apply, certify or diff: the text is wrong, or breaks a promise\n";
}

ExitCode ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return ExitCode::kUsage;
    case absl::StatusCode::kNotFound:
      return ExitCode::kNotFound;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return ExitCode::kUnavailable;
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return ExitCode::kDenied;
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAlreadyExists:
      return ExitCode::kConflict;
    default:
      return ExitCode::kError;
  }
}

absl::Status LocalError(std::string message) { return absl::UnknownError(message); }

}  // namespace latchkey::cli
