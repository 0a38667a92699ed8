#include "server/stats_pump.h"

#include <string>
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
      log_(log),
      show_(std::move(show)),
      thread_([this, end = ending_.get_future()]() mutable { Run(std::move(end)); }) {}

StatsPump::~StatsPump() {
  ending_.set_value();
  thread_.join();
}

void StatsPump::Run(std::future<void> end) {
  for (int round = 1; end.wait_for(kCollectEvery) != std::future_status::ready; ++round) {
    if (round % kCollectionsAnExchange == 0) {
      Exchange();
      show_();
    } else {
      stats_.stats().Collect(clock_.Now());
    }
  }
}

void StatsPump::Exchange() {
  const absl::Status status = stats_.Exchange(clock_.Now());
  if (status.ok() == in_touch_) return;
  in_touch_ = status.ok();
  // A store that is gone is said as such elsewhere.
  if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) return;
  log_.Write(status.ok() ? LogLevel::kInfo : LogLevel::kWarn,
             status.ok() ? "statistics are of all nodes again" : "statistics are of this node alone",
             {{"why", std::string(status.message())}});
}

}  // namespace latchkey
