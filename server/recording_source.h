// The recording that the settings ask for: what hears of decisions, and where they are kept.
#pragma once

#include <memory>

#include "engine/recording/recorder.h"
#include "server/settings.h"
#include "server/store_source.h"

namespace latchkey {

// Thread-safe.
class RecordingSource {
 public:
  struct Parts {
    StoreSource& stores;
    const Sealer& sealer;
    const Revocations& revocations;
    const PolicyHolder& policies;
    const StakePresence& stakes;
  };
  // Null when the settings say off. What is passed in outlives it.
  static absl::StatusOr<std::unique_ptr<RecordingSource>> Open(const ServerSettings& settings, Parts parts);

  [[nodiscard]] DecisionObserver& observer() { return *recorder_; }
  [[nodiscard]] RecordingCounts counts() const { return queue_.counts(); }

 private:
  // What waits for the disk: some hundred thousand events.
  static constexpr size_t kQueueBytes = size_t{32} << 20U;
  RecordingSource() = default;

  RecordingQueue queue_{kQueueBytes};
  std::unique_ptr<Recorder> recorder_;
  std::shared_ptr<void> writer_;  // first to go: it writes what waits
};

}  // namespace latchkey
