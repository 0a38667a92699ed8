#include "cli/backtest/progress.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace latchkey::cli {

std::string BarText(uint64_t bytes_read, uint64_t bytes, int64_t events) {
  constexpr uint64_t kWidth = 30;
  if (bytes == 0) return absl::StrCat(events, " events");
  const uint64_t read = std::min(bytes_read, bytes);
  const auto full = static_cast<size_t>(read * kWidth / bytes);
  return absl::StrFormat("[%s%s] %3d %%, %d events", std::string(full, '#'), std::string(kWidth - full, '.'),
                         read * 100 / bytes, events);
}

void ProgressBar::Update(uint64_t bytes_read, int64_t events) {
  constexpr int64_t kLookEvery = 4096;
  if (!terminal_ || ++calls_ % kLookEvery != 0) return;
  const absl::Time now = absl::Now();
  if (now < next_) return;
  next_ = now + absl::Milliseconds(200);
  drawn_ = true;
  err_ << '\r' << BarText(bytes_read, bytes_, events) << "\x1b[K" << std::flush;
}

void ProgressBar::End() {
  if (drawn_) err_ << "\r\x1b[K" << std::flush;
}

}  // namespace latchkey::cli
