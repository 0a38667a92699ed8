// Tells the story as it happens: one line an event, with the time since the round began.
#pragma once

#include <chrono>
#include <mutex>
#include <ostream>
#include <string_view>

namespace latchkey::demo {

// Thread-safe.
class Narrator {
 public:
  explicit Narrator(std::ostream& out) : out_(out) {}

  // Begins a round: prints a heading and starts the clock anew.
  void Begin(std::string_view heading);
  // " 4.2 s  mallory  wrong password"
  void Say(std::string_view who, std::string_view what);
  [[nodiscard]] double Seconds() const;

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] double SecondsSinceStart() const;

  mutable std::mutex mutex_;
  std::ostream& out_;
  Clock::time_point start_ = Clock::now();
};

}  // namespace latchkey::demo
