#include "cli/table.h"

#include <algorithm>
#include <utility>

#include "cli/printable.h"

namespace latchkey::cli {
namespace {

constexpr std::string_view kGap = "  ";

std::string Padding(const std::string& cell, size_t width) {
  const size_t columns = Columns(cell);
  return std::string(width > columns ? width - columns : 0, ' ');
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::Add(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (std::string& cell : cells) cell = Printable(cell);
  rows_.push_back(std::move(cells));
}

void Table::PrintRow(const std::vector<std::string>& cells, const std::vector<size_t>& widths,
                     std::ostream& out) const {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += kGap;
    const std::string padding = Padding(cells[i], widths[i]);
    line += columns_[i].align == Align::kRight ? padding + cells[i] : cells[i] + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << '\n';
}

void Table::Print(std::ostream& out) const {
  if (rows_.empty()) return;
  std::vector<std::string> titles;
  std::vector<size_t> widths;
  for (const Column& column : columns_) {
    titles.push_back(column.title);
    widths.push_back(Columns(column.title));
  }
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Columns(row[i]));
  }
  PrintRow(titles, widths, out);
  for (const auto& row : rows_) PrintRow(row, widths, out);
}

void Attributes::Add(std::string_view name, std::string_view value) {
  if (!value.empty()) rows_.emplace_back(name, Printable(value));
}

void Attributes::Print(std::ostream& out) const {
  size_t width = 0;
  for (const auto& [name, value] : rows_) width = std::max(width, Columns(name));
  for (const auto& [name, value] : rows_) out << name << Padding(name, width) << kGap << value << '\n';
}

}  // namespace latchkey::cli
