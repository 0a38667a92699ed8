// Reads lines of bounded length: a log without line ends costs no more memory than one with them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <string>

namespace latchkey::cli {

// Thread-compatible.
class LineReader {
 public:
  static constexpr size_t kLineBytesMax = 8192;

  // Keeps a reference to `in`.
  explicit LineReader(std::istream& in) : in_(in) {}

  // The next line, without its end; false after the last.
  bool Next();
  [[nodiscard]] const std::string& line() const { return line_; }
  // From 1.
  [[nodiscard]] int64_t number() const { return number_; }
  // The line was longer than kLineBytesMax; line() is its beginning, the rest is skipped.
  [[nodiscard]] bool too_long() const { return too_long_; }

 private:
  std::istream& in_;
  std::string line_;
  int64_t number_ = 0;
  bool too_long_ = false;
};

}  // namespace latchkey::cli
