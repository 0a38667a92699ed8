// Frames on their way to a recording: added by the threads that answer, taken by the one that writes.
//
// Bounded in bytes. Adding never waits: what finds no room is dropped and counted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/mutex.h"

namespace latchkey {

struct RecordingCounts {
  uint64_t kept = 0;     // events written
  uint64_t dropped = 0;  // … that found no room in the queue
  uint64_t failed = 0;   // … that the disk or Redis did not take
};

// Thread-safe.
class RecordingQueue {
 public:
  explicit RecordingQueue(size_t bytes_max) : bytes_max_(bytes_max) {}

  void Add(std::string_view payload);

  struct Batch {
    std::string frames;
    uint64_t events = 0;
  };
  // All that waits.
  [[nodiscard]] Batch Take();
  // What became of a batch.
  void Kept(const Batch& batch);
  void Failed(const Batch& batch);
  [[nodiscard]] RecordingCounts counts() const;
  [[nodiscard]] size_t waiting_bytes() const;

 private:
  const size_t bytes_max_;
  mutable Mutex mutex_;
  Batch waiting_ ABSL_GUARDED_BY(mutex_);
  RecordingCounts counts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace latchkey
