// What became of events to be recorded, for Prometheus.
#pragma once

#include <array>

#include "engine/recording/queue.h"

namespace prometheus {
class Counter;
class Registry;
}  // namespace prometheus

namespace latchkey {

// Thread-compatible. The registry must outlive it.
//   latchkey_recording_events_total{result="kept"|"dropped"|"failed"}
class RecordingMetrics {
 public:
  explicit RecordingMetrics(prometheus::Registry& registry);
  // Counts as they are now.
  void Update(const RecordingCounts& counts);

 private:
  std::array<prometheus::Counter*, 3> events_{};
};

}  // namespace latchkey
