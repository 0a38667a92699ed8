// Prints rows in columns as wide as their widest cell.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::cli {

// Cells are made Printable. Thread-compatible.
class Table {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };

  explicit Table(std::vector<Column> columns);

  // Missing cells are empty, those beyond the columns are dropped.
  void Add(std::vector<std::string> cells);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  // Prints nothing when there are no rows.
  void Print(std::ostream& out) const;

 private:
  void PrintRow(const std::vector<std::string>& cells, const std::vector<size_t>& widths,
                std::ostream& out) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Prints "name   value" lines: one thing and its attributes. Attributes without a value are left out.
class Attributes {
 public:
  void Add(std::string_view name, std::string_view value);
  void Print(std::ostream& out) const;

 private:
  std::vector<std::pair<std::string, std::string>> rows_;
};

}  // namespace latchkey::cli
