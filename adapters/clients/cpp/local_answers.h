// What an Assess is answered when Latchkey cannot be asked: the fail mode, with its bounded rate.
#pragma once

#include <chrono>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/clients/cpp/mutex.h"
#include "latchkey/client.h"

namespace latchkey::client {

// Thread-safe.
class LocalAnswers {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // `allows_per_second`: 0 allows nothing.
  LocalAnswers(FailMode mode, int allows_per_second)
      : mode_(mode), per_second_(allows_per_second), room_(allows_per_second) {}

  // `why`: not OK; what stood in the way.
  [[nodiscard]] absl::StatusOr<v1::AssessResponse> Answer(const absl::Status& why, TimePoint now);

  // Adds its part to `counts`.
  void Count(ClientCounts& counts) const;

 private:
  [[nodiscard]] bool TakeRoom(TimePoint now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const FailMode mode_;
  const double per_second_;
  mutable Mutex mutex_;
  double room_ ABSL_GUARDED_BY(mutex_);  // for this many at once, refilled as time goes by
  TimePoint refilled_ ABSL_GUARDED_BY(mutex_);
  uint64_t allows_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t refusals_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t failures_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace latchkey::client
