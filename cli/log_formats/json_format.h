// Logins as JSON objects, one a line: for every service that is not sshd.
#pragma once

#include "cli/log_formats/log_format.h"

namespace latchkey::cli {

// {"account": "alice", "source": "192.0.2.7", "outcome": "wrong", "occur_time": "2026-11-21T12:00:01Z"}, and
// "tenant", "path", "factor" if wanted: the fields of LoginEvent, with enums as words or by their full names.
// An unknown key or a value of another type is broken: a misspelt field must not become a default.
class JsonFormat final : public LogFormat {
 public:
  [[nodiscard]] ParsedLine Parse(std::string_view line) override;
};

}  // namespace latchkey::cli
