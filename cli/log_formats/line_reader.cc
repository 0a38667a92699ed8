#include "cli/log_formats/line_reader.h"

#include <streambuf>

namespace latchkey::cli {

bool LineReader::Next() {
  using Traits = std::char_traits<char>;
  line_.clear();
  too_long_ = false;
  std::streambuf& buffer = *in_.rdbuf();
  int c = buffer.sbumpc();
  if (c == Traits::eof()) return false;
  for (; c != Traits::eof() && c != '\n'; c = buffer.sbumpc()) {
    if (line_.size() < kLineBytesMax) {
      line_ += static_cast<char>(c);
    } else {
      too_long_ = true;
    }
  }
  if (!too_long_ && line_.ends_with('\r')) line_.pop_back();
  ++number_;
  return true;
}

}  // namespace latchkey::cli
