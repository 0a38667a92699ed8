#include "engine/recording/queue.h"

#include <utility>

#include "engine/recording/frames.h"

namespace latchkey {

void RecordingQueue::Add(std::string_view payload) {
  const MutexLock lock(mutex_);
  if (payload.size() > kFramePayloadMax ||
      waiting_.frames.size() + kFrameHead + payload.size() > bytes_max_) {
    ++counts_.dropped;
    return;
  }
  AppendFrame(payload, waiting_.frames);
  ++waiting_.events;
}

RecordingQueue::Batch RecordingQueue::Take() {
  const MutexLock lock(mutex_);
  return std::exchange(waiting_, Batch());
}

void RecordingQueue::Kept(const Batch& batch) {
  const MutexLock lock(mutex_);
  counts_.kept += batch.events;
}

void RecordingQueue::Failed(const Batch& batch) {
  const MutexLock lock(mutex_);
  counts_.failed += batch.events;
}

size_t RecordingQueue::waiting_bytes() const {
  const MutexLock lock(mutex_);
  return waiting_.frames.size();
}

RecordingCounts RecordingQueue::counts() const {
  const MutexLock lock(mutex_);
  return counts_;
}

}  // namespace latchkey
