#include "adapters/grpc/operator_queue.h"

#include <utility>

namespace latchkey {

OperatorQueue::OperatorQueue() : thread_([this] { Run(); }) {}

OperatorQueue::~OperatorQueue() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool OperatorQueue::Post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    if (ending_ || tasks_.size() >= kWaitingMax) return false;
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
  return true;
}

void OperatorQueue::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    const std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    lock.lock();
  }
}

}  // namespace latchkey
