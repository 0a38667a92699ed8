// A thread that empties what threads have counted into the statistics, some times a second, and once a second
// exchanges them with other nodes and shows them to Prometheus.
#pragma once

#include <functional>
#include <future>
#include <thread>

#include "adapters/log/logging.h"
#include "engine/base/clock.h"
#include "engine/stats/cluster_stats.h"

namespace latchkey {

class StatsPump {
 public:
  // Runs until it is destroyed; all it is given outlives it. `show` is called once a second, on its
  // thread.
  StatsPump(ClusterStats& stats, const Clock& clock, ServiceLog& log, std::function<void()> show);
  ~StatsPump();
  StatsPump(const StatsPump&) = delete;
  StatsPump& operator=(const StatsPump&) = delete;

 private:
  void Run(std::future<void> end);
  void Exchange();

  ClusterStats& stats_;
  const Clock& clock_;
  ServiceLog& log_;
  const std::function<void()> show_;
  bool in_touch_ = true;
  std::promise<void> ending_;
  std::thread thread_;  // last: it uses all the above
};

}  // namespace latchkey
