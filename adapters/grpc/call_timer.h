// How long a decision takes, from the read request to its answer.
#pragma once

#include <chrono>

#include "engine/stats/latency.h"

namespace latchkey {

// A small value; a null board costs nothing.
class CallTimer {
 public:
  CallTimer() = default;
  explicit CallTimer(LatencyBoard* board) : board_(board) {
    if (board_ != nullptr) start_ = std::chrono::steady_clock::now();
  }
  void Decided() const {
    if (board_ != nullptr) board_->Add(TimedOp::kDecision, std::chrono::steady_clock::now() - start_);
  }

 private:
  LatencyBoard* board_ = nullptr;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace latchkey
