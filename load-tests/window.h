// The three parts of a measurement: warming up, measuring, and letting what is in flight come back.
#pragma once

#include <functional>

#include "load-tests/histogram.h"
#include "load-tests/schedule.h"

namespace latchkey::load {

// Thread-compatible. `on_edge` is called when measuring begins and when it ends.
class Window {
 public:
  enum class Part : uint8_t { kWarmingUp, kMeasuring, kEnding };

  Window(Instant start, Nanos warm_up, Nanos measured, std::function<void()> on_edge)
      : start_(start), warm_up_(warm_up), measured_(measured), on_edge_(std::move(on_edge)) {}

  // Which part it is now. Never goes back.
  Part At(Instant now) {
    if (part_ == Part::kWarmingUp && now >= start_ + warm_up_) {
      part_ = Part::kMeasuring;
      begin_ = now;
      on_edge_();
    } else if (part_ == Part::kMeasuring && now >= begin_ + measured_) {
      part_ = Part::kEnding;
      span_ = now - begin_;
      on_edge_();
    }
    return part_;
  }
  // How long was measured; zero until it is over.
  [[nodiscard]] Nanos span() const { return span_; }

 private:
  Instant start_;
  Nanos warm_up_;
  Nanos measured_;
  std::function<void()> on_edge_;
  Part part_ = Part::kWarmingUp;
  Instant begin_;
  Nanos span_{0};
};

}  // namespace latchkey::load
