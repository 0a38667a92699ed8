// What every log format promises of any input.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "cli/log_formats/line_reader.h"
#include "cli/log_formats/log_format.h"
#include "engine/attempt/source.h"

namespace latchkey {

inline void ParseLog(cli::LogFormat& format, const uint8_t* data, size_t size) {
  std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
  cli::LineReader lines(in);
  while (lines.Next()) {
    const cli::ParsedLine line = format.Parse(lines.line());
    if (line.kind == cli::LineKind::kBroken && line.why.empty()) std::abort();
    if (line.kind != cli::LineKind::kLogin) continue;
    if (line.times < 1 || line.event.account().empty() || !Source::Parse(line.event.source()).ok() ||
        line.event.outcome() == v1::OUTCOME_UNSPECIFIED)
      std::abort();
  }
}

}  // namespace latchkey
