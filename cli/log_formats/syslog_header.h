// The beginning of a line of syslog: when, on which host, by which program.
#pragma once

#include <optional>
#include <string_view>

#include "absl/time/time.h"

namespace latchkey::cli {

struct SyslogLine {
  absl::Time time;
  std::string_view program;  // "sshd", without its process number
  std::string_view message;
};

// Reads "2026-11-21T12:00:01.5+01:00 host sshd[12]: …" and "Nov 21 12:00:01 host sshd[12]: …", with or
// without
// "<86>" before it. The second form has neither year nor zone: it is read in `zone`, in the year that makes
// it the latest time that is not more than a day after `now`. Nothing when there is no such stamp.
[[nodiscard]] std::optional<SyslogLine> ParseSyslog(std::string_view line, absl::Time now,
                                                    absl::TimeZone zone);

// Takes the stamp at the beginning of `line`, in either form, and the space behind it.
[[nodiscard]] std::optional<absl::Time> TakeLogTime(std::string_view& line, absl::Time now,
                                                    absl::TimeZone zone);

}  // namespace latchkey::cli
