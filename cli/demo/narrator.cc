#include "cli/demo/narrator.h"

#include <string>

#include "absl/strings/str_format.h"

namespace latchkey::demo {

void Narrator::Begin(std::string_view heading) {
  const std::lock_guard lock(mutex_);
  start_ = Clock::now();
  out_ << '\n' << heading << '\n' << std::string(heading.size(), '-') << std::endl;
}

void Narrator::Say(std::string_view who, std::string_view what) {
  const std::lock_guard lock(mutex_);
  out_ << absl::StrFormat("%5.1f s  %-9s", SecondsSinceStart(), std::string(who)) << what << std::endl;
}

double Narrator::Seconds() const {
  const std::lock_guard lock(mutex_);
  return SecondsSinceStart();
}

double Narrator::SecondsSinceStart() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

}  // namespace latchkey::demo
