// One line of an authentication log → what it says about a login.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "latchkey/v1/events.pb.h"

namespace latchkey::cli {

enum class LineKind {
  kLogin,   // a login that was tried: `event`, `times` in a row
  kNotice,  // about a login, but no password was judged: a connection that was given up, a limit that was
            // reached
  kOther,   // about something else
  kBroken,  // what this format never writes: `why`
};

struct ParsedLine {
  LineKind kind = LineKind::kOther;
  v1::LoginEvent event;
  int64_t times = 1;
  std::string why;
};

// Of one log, whose lines it is given in their order: some formats remember what earlier lines said.
// Thread-compatible.
class LogFormat {
 public:
  virtual ~LogFormat() = default;
  // `line` has no line end. Never fails: what it cannot read is kBroken.
  [[nodiscard]] virtual ParsedLine Parse(std::string_view line) = 0;
};

[[nodiscard]] inline ParsedLine Broken(std::string why) { return {LineKind::kBroken, {}, 1, std::move(why)}; }

}  // namespace latchkey::cli
