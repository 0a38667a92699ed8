#include "cli/log_formats/csv_format.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "cli/log_formats/event_fields.h"
#include "cli/log_formats/login_check.h"
#include "cli/printable.h"

namespace latchkey::cli {
namespace {

constexpr std::array<std::string_view, 7> kColumns = {"account", "source", "outcome", "occur_time",
                                                      "tenant",  "path",   "factor"};

bool IsLeftOut(const std::string& column) { return column.starts_with("x-"); }

}  // namespace

std::optional<std::vector<std::string>> SplitCsv(std::string_view line) {
  std::vector<std::string> cells(1);
  for (size_t i = 0; i < line.size();) {
    if (line[i] == '"' && cells.back().empty()) {
      for (++i;; ++i) {
        if (i >= line.size()) return std::nullopt;
        if (line[i] == '"' && (i + 1 >= line.size() || line[i + 1] != '"')) break;
        if (line[i] == '"') ++i;
        cells.back() += line[i];
      }
      ++i;
      if (i < line.size() && line[i] != ',') return std::nullopt;
    } else if (line[i] == ',') {
      cells.emplace_back();
      ++i;
    } else {
      cells.back() += line[i++];
    }
  }
  return cells;
}

ParsedLine CsvFormat::TakeHeader(const std::vector<std::string>& cells) {
  seen_header_ = true;
  for (const std::string& cell : cells) {
    if (!IsLeftOut(cell) && std::find(kColumns.begin(), kColumns.end(), cell) == kColumns.end())
      return Broken(absl::StrCat("unknown column '", Printable(cell), "'"));
    if (std::count(cells.begin(), cells.end(), cell) > 1)
      return Broken(absl::StrCat("the column '", Printable(cell), "' stands there twice"));
  }
  for (const char* needed : {"account", "source", "outcome"}) {
    if (std::find(cells.begin(), cells.end(), needed) == cells.end())
      return Broken(absl::StrCat("no column '", needed, "'"));
  }
  columns_ = cells;
  return {};
}

ParsedLine CsvFormat::Parse(std::string_view line) {
  if (line.find_first_not_of(" \t") == std::string_view::npos) return {};
  if (!seen_header_ && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);  // a byte order mark
  const std::optional<std::vector<std::string>> cells = SplitCsv(line);
  if (!cells) return Broken("a quote that is not closed, or text behind one that is");
  if (!seen_header_) return TakeHeader(*cells);
  if (columns_.empty()) return Broken("the first line does not name the columns");
  if (cells->size() != columns_.size()) {
    return Broken(absl::StrCat(cells->size(), " values, but ", columns_.size(), " columns"));
  }
  ParsedLine parsed{LineKind::kLogin, {}, 1, {}};
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (IsLeftOut(columns_[i]) || ((*cells)[i].empty() && columns_[i] != "account")) continue;
    if (std::string why = SetEventField(columns_[i], (*cells)[i], parsed.event); !why.empty())
      return Broken(std::move(why));
  }
  if (parsed.event.outcome() == v1::OUTCOME_UNSPECIFIED) return Broken("no outcome");
  if (std::string why = WhyNotALogin(parsed.event); !why.empty()) return Broken(std::move(why));
  return parsed;
}

}  // namespace latchkey::cli
