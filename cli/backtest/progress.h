// A bar on the terminal: how much of the input is read.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "absl/time/time.h"

namespace latchkey::cli {

// Thread-compatible.
class ProgressBar {
 public:
  // Draws on `err` only if that is a terminal. `bytes`: of all input; 0: not known.
  ProgressBar(std::ostream& err, bool terminal, uint64_t bytes)
      : err_(err), terminal_(terminal), bytes_(bytes) {}

  // Draws now and then: cheap to call.
  void Update(uint64_t bytes_read, int64_t events);
  // Takes the bar away.
  void End();

 private:
  std::ostream& err_;
  const bool terminal_;
  const uint64_t bytes_;
  int64_t calls_ = 0;
  absl::Time next_ = absl::InfinitePast();
  bool drawn_ = false;
};

// "[##########..............]  42 %, 420000 events"
[[nodiscard]] std::string BarText(uint64_t bytes_read, uint64_t bytes, int64_t events);

}  // namespace latchkey::cli
