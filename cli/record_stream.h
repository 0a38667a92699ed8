// A log, line by line, into RecordEvents: what was read, what was left out and why, and what the policy
// answers.
#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/log_formats/log_format.h"
#include "cli/session.h"
#include "latchkey/v1/events.pb.h"

namespace latchkey::cli {

// Counts of lines, and the first of those that are wrong.
struct RecordTally {
  static constexpr size_t kShownMax = 20;
  struct BadLine {
    int64_t line = 0;
    std::string why;
  };
  int64_t lines = 0;
  int64_t logins = 0;  // lines that tell of logins
  int64_t events = 0;  // logins that they tell of
  int64_t notices = 0;
  int64_t others = 0;
  int64_t broken = 0;
  std::vector<BadLine> first_broken;   // at most kShownMax
  std::vector<BadLine> first_refused;  // by the server; at most 100
};

struct RecordOptions {
  bool import_logins = false;
  // Told from time to time how far it has come.
  std::function<void(const RecordTally&)> progress;
};

struct Recorded {
  RecordTally tally;
  v1::RecordEventsResponse summary;
};

// Reads `in` to its end. A log without any login asks the server nothing. Events without a tenant are of the
// session's.
[[nodiscard]] absl::StatusOr<Recorded> RecordLog(Session& session, std::istream& in, LogFormat& format,
                                                 const RecordOptions& options);

}  // namespace latchkey::cli
