// Waiting for what happens in another thread or process.
#pragma once

#include <chrono>
#include <stdexcept>
#include <thread>

namespace latchkey {

// Whether `holds` comes true: asked at once, and then every `rest` for so long. What its answers take comes
// on top, so that a machine with other things to do only waits longer. An answer that throws
// std::runtime_error, as one of a server that is not there yet, is no.
template <typename Holds>
[[nodiscard]] bool HoldsWithin(std::chrono::milliseconds most, const Holds& holds,
                               std::chrono::milliseconds rest = std::chrono::milliseconds(10)) {
  for (std::chrono::milliseconds rested{0};; rested += rest) {
    try {
      if (holds()) return true;
    } catch (const std::runtime_error&) {  // Not yet.
    }
    if (rested >= most) return false;
    std::this_thread::sleep_for(rest);
  }
}

}  // namespace latchkey
