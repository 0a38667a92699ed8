// Runs what operators ask for on a thread of its own: such work may wait for a disk or for Redis, and the
// threads of gRPC answer logins.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/base/thread_annotations.h"

namespace latchkey {

// Thread-safe. Tasks run one after the other, in order; those left at the end are run before it ends.
class OperatorQueue {
 public:
  static constexpr size_t kWaitingMax = 64;

  OperatorQueue();
  ~OperatorQueue();
  OperatorQueue(const OperatorQueue&) = delete;
  OperatorQueue& operator=(const OperatorQueue&) = delete;

  // False, and `task` is not run, when too many wait.
  [[nodiscard]] bool Post(std::function<void()> task);

 private:
  void Run();

  std::mutex mutex_;  // guards tasks_ and ending_
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace latchkey
