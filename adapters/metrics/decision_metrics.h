// What the statistics have counted, for Prometheus. Every enum's value is there from the start, at zero;
// other labels are rules, tenants and paths, of which the statistics tell a bounded number apart; never
// accounts or addresses. docs/metrics.md lists them all.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "engine/stats/cluster_stats.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
template <typename T>
class Family;
}  // namespace prometheus

namespace latchkey {

// Thread-compatible. The registry must outlive it.
class DecisionMetrics {
 public:
  explicit DecisionMetrics(prometheus::Registry& registry);

  // As of the last collection, of this node alone. Costs nothing on the way of a decision.
  void Update(ClusterStats& stats, TimePoint now);

 private:
  struct Latency {
    prometheus::Histogram* histogram = nullptr;
    LatencyBoard::Totals shown;
  };

  void UpdateTables(const Counts& counts);
  void UpdateNames(const Counts& counts, DecisionStats& stats);
  void UpdateLatencies(const LatencyBoard& board);

  std::array<std::array<prometheus::Counter*, kLaneCount>, 5> decisions_{};  // by action and lane
  std::array<prometheus::Counter*, 5> shadow_rules_{};                       // by action
  std::array<prometheus::Counter*, 7> reports_{};                            // by outcome
  std::array<std::array<prometheus::Counter*, 5>, 5> shadows_{};  // by enforced and shadowed action
  std::array<prometheus::Counter*, kLaneCount> proven_refused_{};
  std::array<prometheus::Gauge*, 5> in_force_{};  // by action
  prometheus::Counter* degraded_ = nullptr;
  prometheus::Counter* notes_missed_ = nullptr;
  prometheus::Gauge* nodes_ = nullptr;
  prometheus::Family<prometheus::Counter>* refusals_ = nullptr;
  prometheus::Family<prometheus::Counter>* tenants_ = nullptr;
  prometheus::Family<prometheus::Counter>* paths_ = nullptr;
  std::vector<prometheus::Counter*> by_rule_;
  std::vector<std::array<prometheus::Counter*, 2>> by_tenant_;  // allowed, refused
  std::vector<std::array<prometheus::Counter*, 2>> by_path_;
  std::array<Latency, kTimedOps> latencies_{};
};

}  // namespace latchkey
