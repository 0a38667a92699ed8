// Counts answers and reports for Prometheus. Every label value is there from the start, at zero; labels are
// enums and rule ids, never names.
#pragma once

#include <array>

#include "absl/container/flat_hash_map.h"
#include "engine/assess/observer.h"
#include "engine/base/mutex.h"

namespace prometheus {
class Counter;
class Gauge;
class Registry;
template <typename T>
class Family;
}  // namespace prometheus

namespace latchkey {

// Thread-safe. The registry must outlive it.
//   latchkey_decisions_total{action,lane}  latchkey_degraded_decisions_total  latchkey_refusals_total{rule}
//   latchkey_shadow_policy_decisions_total{action,enforced}: what a shadowed policy would have answered
//   latchkey_shadow_decisions_total{action}  latchkey_reports_total{outcome}
class DecisionMetrics final : public DecisionObserver {
 public:
  explicit DecisionMetrics(prometheus::Registry& registry);

  void OnDecision(const Attempt& attempt, const Facts& facts, const Decision& decision) override;
  void OnReport(const AttemptToken& token, Outcome outcome, TimePoint now) override;

 private:
  static constexpr size_t kRulesMax = 400;  // of all policies since the start

  std::array<std::array<prometheus::Counter*, kLaneCount>, 5> decisions_{};  // by action and lane
  std::array<prometheus::Counter*, 5> shadows_{};                            // by action
  std::array<prometheus::Counter*, 7> reports_{};                            // by outcome
  std::array<std::array<prometheus::Counter*, 5>, 5> would_{};  // by enforced and shadowed action
  prometheus::Counter* degraded_ = nullptr;
  prometheus::Family<prometheus::Counter>* refusals_ = nullptr;
  Mutex mutex_;
  absl::flat_hash_map<std::string, prometheus::Counter*> by_rule_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace latchkey
