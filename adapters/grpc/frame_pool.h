// Reuses the frames of one stream: one that is read into again allocates neither its items nor most of the
// strings in them.
#pragma once

#include <memory>
#include <vector>

#include "engine/base/mutex.h"

namespace latchkey {

// Thread-safe. Keeps at most `kKept` frames, and none that was large.
template <typename Frame>
class FramePool : public std::enable_shared_from_this<FramePool<Frame>> {
 public:
  // An empty frame, which comes back by itself when the last one who holds it lets go.
  [[nodiscard]] std::shared_ptr<Frame> Take() {
    std::unique_ptr<Frame> frame;
    {
      const MutexLock lock(mutex_);
      if (!free_.empty()) {
        frame = std::move(free_.back());
        free_.pop_back();
      }
    }
    if (frame == nullptr) frame = std::make_unique<Frame>();
    return std::shared_ptr<Frame>(frame.release(),
                                  [pool = this->shared_from_this()](Frame* used) { pool->Give(used); });
  }

 private:
  static constexpr size_t kKept = 4;
  static constexpr size_t kBytesMax = 128 * 1024;

  void Give(Frame* used) {
    std::unique_ptr<Frame> frame(used);
    if (frame->ByteSizeLong() > kBytesMax) return;
    frame->Clear();
    const MutexLock lock(mutex_);
    if (free_.size() < kKept) free_.push_back(std::move(frame));
  }

  Mutex mutex_;
  std::vector<std::unique_ptr<Frame>> free_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace latchkey
