// One JSON line a decision, for whoever keeps logs. Pseudonymised: keyed hashes, never names or addresses.
#pragma once

#include <memory>

#include "engine/assess/observer.h"

namespace spdlog {
class logger;
}

namespace latchkey {

// Thread-safe. A line that cannot be queued is dropped and counted by spdlog, never waited for.
class DecisionLog final : public DecisionObserver {
 public:
  explicit DecisionLog(std::shared_ptr<spdlog::logger> logger) : logger_(std::move(logger)) {}

  void OnDecision(const Attempt& attempt, const Facts& facts, const Decision& decision) override;
  void OnReport(const AttemptToken& token, Outcome outcome, TimePoint now) override;

 private:
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace latchkey
