#include "adapters/metrics/recording_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace latchkey {

RecordingMetrics::RecordingMetrics(prometheus::Registry& registry) {
  auto& events = prometheus::BuildCounter()
                     .Name("latchkey_recording_events_total")
                     .Help("Events to be recorded: kept, dropped for want of room, failed to be written")
                     .Register(registry);
  constexpr std::array<const char*, 3> kResults = {"kept", "dropped", "failed"};
  for (size_t i = 0; i < kResults.size(); ++i) events_[i] = &events.Add({{"result", kResults[i]}});
}

void RecordingMetrics::Update(const RecordingCounts& counts) {
  const std::array<uint64_t, 3> now = {counts.kept, counts.dropped, counts.failed};
  for (size_t i = 0; i < now.size(); ++i) {
    const double more = static_cast<double>(now[i]) - events_[i]->Value();
    if (more > 0) events_[i]->Increment(more);
  }
}

}  // namespace latchkey
