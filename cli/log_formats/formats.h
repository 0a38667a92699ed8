// The log formats by their names, as --format takes them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/log_formats/log_format.h"

namespace latchkey::cli {

// "sshd", "dovecot", "json", "csv".
[[nodiscard]] std::vector<std::string> LogFormatNames();
// What each is, in one sentence.
[[nodiscard]] std::string LogFormatsText();

// A format for one log. Stamps without a year are read as of `now`, those without a zone in `zone` (empty:
// the local one). kInvalidArgument for an unknown name or zone. Requires: `name` is one of LogFormatNames.
[[nodiscard]] absl::StatusOr<std::unique_ptr<LogFormat>> MakeLogFormat(const std::string& name,
                                                                       const std::string& zone,
                                                                       absl::Time now);

}  // namespace latchkey::cli
