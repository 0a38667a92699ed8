// A thread that empties what threads have counted into the statistics, some times a second, and once a second
// exchanges them with other nodes and shows them to Prometheus.
#pragma once

#include <functional>

#include "engine/base/clock.h"
#include "engine/stats/cluster_stats.h"
#include "server/repeating_thread.h"
#include "server/touch.h"

namespace latchkey {

class StatsPump {
 public:
  // Runs until it is destroyed; all it is given outlives it. `show` is called once a second, on its
  // thread.
  StatsPump(ClusterStats& stats, const Clock& clock, ServiceLog& log, std::function<void()> show);

 private:
  void Turn();

  ClusterStats& stats_;
  const Clock& clock_;
  const std::function<void()> show_;
  Touch touch_;
  int turns_ = 0;
  RepeatingThread thread_;
};

}  // namespace latchkey
