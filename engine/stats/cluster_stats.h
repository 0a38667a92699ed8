// The statistics of all nodes that share a store, as one: this node's, and what the others have told.
//
// Counts of the others enter this node's series as they come, so a series begins when this node started; a
// node that was out of touch for a while adds what it has counted meanwhile to the second in which it is
// heard again. Lists are merged when they are asked for.
#pragma once

#include <map>
#include <string>

#include "engine/base/mutex.h"
#include "engine/stats/decision_stats.h"
#include "engine/stats/node_lines.h"
#include "engine/stats/stats_exchange.h"

namespace latchkey {

// Thread-safe, but for Exchange.
class ClusterStats {
 public:
  // What is asked for, and of how many nodes it is.
  struct Top {
    TopList list;
    int nodes = 1;
  };
  struct Refusals {
    std::vector<ActiveRefusal> list;
    int64_t left_out = 0;  // not shown for want of room
    int nodes = 1;
  };

  // `node` is one of a kind, and another one after a restart. `exchange` is null where no store is shared.
  ClusterStats(DecisionStats& stats, StatsExchange* exchange, std::string node)
      : stats_(stats), exchange_(exchange), node_(std::move(node)) {}

  // Collects, and speaks with the others; to be called from one thread, once a second. Without an exchange it
  // only collects.
  absl::Status Exchange(TimePoint now) ABSL_LOCKS_EXCLUDED(mutex_);

  // Collected at `now`, as of all nodes.
  [[nodiscard]] Top TopOf(TopKind kind, TimePoint now) ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] Refusals RefusalsAt(TimePoint now) ABSL_LOCKS_EXCLUDED(mutex_);
  // How many nodes' numbers are in the counts, this one's too.
  [[nodiscard]] int Nodes(TimePoint now) const ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] DecisionStats& stats() { return stats_; }

 private:
  // Lists are long: they are passed on every so many seconds.
  static constexpr Duration kListsEvery = std::chrono::seconds(5);
  // A node that was not there so short a time ago has begun since; what an older one has counted is history.
  static constexpr Duration kUnbroken = std::chrono::seconds(10);

  struct Other {
    Counts counts;
    TimePoint heard;
  };
  struct OtherLists {
    NodeLists lists;
    TimePoint heard;
  };

  absl::Status ExchangeCounts(TimePoint now) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status ExchangeLists(TimePoint now) ABSL_LOCKS_EXCLUDED(mutex_);
  template <typename Known>
  static int Live(const std::map<std::string, Known>& nodes, TimePoint now);

  DecisionStats& stats_;
  StatsExchange* const exchange_;
  const std::string node_;
  std::optional<TimePoint> exchanged_;  // the counts, for the last time
  TimePoint lists_exchanged_;

  mutable Mutex mutex_;
  std::map<std::string, Other> others_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, OtherLists> lists_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace latchkey
