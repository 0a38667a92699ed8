// Calls whose answers nobody waits for, until whatever the answers use is to end.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

namespace latchkey {

// Thread-safe.
class UnderWay {
 public:
  // Counts one more. What is answered ends it, once and on any thread, and may outlive this.
  [[nodiscard]] std::function<void()> Begin() {
    calls_->Add(1);
    return [calls = calls_] { calls->Add(-1); };
  }

  // Waits until all have ended.
  void AwaitAll() {
    std::unique_lock lock(calls_->mutex);
    calls_->none.wait(lock, [this] { return calls_->count == 0; });
  }

 private:
  // Shared, as whoever ends the last one still looks at it.
  struct Calls {
    void Add(int more) {
      const std::lock_guard lock(mutex);
      count += more;
      if (count == 0) none.notify_all();
    }
    std::mutex mutex;
    std::condition_variable none;
    int count = 0;
  };
  const std::shared_ptr<Calls> calls_ = std::make_shared<Calls>();
};

}  // namespace latchkey
