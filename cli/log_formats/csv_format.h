// Logins as comma-separated values (RFC 4180), whose first line names the columns.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/log_formats/log_format.h"

namespace latchkey::cli {

// "account,source,outcome,occur_time", and "tenant", "path", "factor" if wanted, in any order; columns of
// other names are left out if they begin with "x-", and are broken otherwise: a misspelt column must not
// become a default. Values in quotes may hold commas and doubled quotes, not line ends.
class CsvFormat final : public LogFormat {
 public:
  [[nodiscard]] ParsedLine Parse(std::string_view line) override;

 private:
  ParsedLine TakeHeader(const std::vector<std::string>& cells);

  bool seen_header_ = false;
  std::vector<std::string> columns_;  // empty: the header was broken
};

// The cells of a line; nothing when a quote is not closed or something follows one that is.
[[nodiscard]] std::optional<std::vector<std::string>> SplitCsv(std::string_view line);

}  // namespace latchkey::cli
