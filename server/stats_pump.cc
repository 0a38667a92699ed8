#include "server/stats_pump.h"

#include <utility>

namespace latchkey {
namespace {

// A thread's notebook has room for what it decides in this time (DecisionStats::Limits).
constexpr Duration kCollectEvery{200};
constexpr int kCollectionsAnExchange = 5;

}  // namespace

StatsPump::StatsPump(ClusterStats& stats, const Clock& clock, ServiceLog& log, std::function<void()> show)
    : stats_(stats),
      clock_(clock),
      show_(std::move(show)),
      touch_(log, "statistics are of all nodes again", "statistics are of this node alone"),
      thread_(kCollectEvery, [this] { Turn(); }) {}

void StatsPump::Turn() {
  if (++turns_ % kCollectionsAnExchange != 0) return stats_.stats().Collect(clock_.Now());
  touch_.Note(stats_.Exchange(clock_.Now()));
  show_();
}

}  // namespace latchkey
