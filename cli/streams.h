// The three streams of a process, passed in, so that a test can be the terminal.
#pragma once

#include <istream>
#include <ostream>

namespace latchkey::cli {

// `out` gets data and nothing else; `err` gets messages and progress.
struct Streams {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

}  // namespace latchkey::cli
