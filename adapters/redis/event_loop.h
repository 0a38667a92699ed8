// One thread that waits for sockets, timers and posted work, and runs them one after another.
//
// What runs on it must not block. The thread takes no signals, so a write to a closed socket is an error
// of that write and nothing more.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "engine/base/mutex.h"

namespace latchkey {

using SteadyTime = std::chrono::steady_clock::time_point;

class EventLoop {
 public:
  using Task = absl::AnyInvocable<void()>;
  // Gets the epoll events (EPOLLIN, …) that are ready.
  using Handler = std::function<void(uint32_t events)>;

  // A started timer. Fires once.
  struct Timer {
    SteadyTime due;
    uint64_t serial = 0;  // 0: none.
    auto operator<=>(const Timer&) const = default;
  };

  // Fails when the process is out of file descriptors or threads. `name` (≤ 15 bytes) is what tools such as
  // top show.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<EventLoop>> Start(const std::string& name);

  // Runs what was posted before, then ends the thread. Not from the loop's own thread.
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Thread-safe. Runs `task` on the loop's thread, in the order of posting; what a task posts runs in the
  // next turn. False, and the task is dropped, once the loop is being destroyed.
  bool Post(Task task) ABSL_LOCKS_EXCLUDED(mutex_);
  // Thread-safe. As Post, and returns when it has run; at once when called on the loop's thread.
  void RunAndWait(Task task);
  [[nodiscard]] bool InLoopThread() const { return std::this_thread::get_id() == loop_thread_.load(); }

  // The rest belongs to the loop's thread.

  Timer StartTimer(SteadyTime due, Task task);
  // Nothing happens for a timer that has fired or was cancelled. Clears `timer`.
  void CancelTimer(Timer& timer);

  // Calls `handler` while any of `events` is ready (level-triggered; EPOLLERR and EPOLLHUP always count).
  // The descriptor stays the caller's, who unwatches before closing it. Fails at the system's limits.
  [[nodiscard]] absl::Status Watch(int fd, uint32_t events, Handler handler);
  void Rewatch(int fd, uint32_t events);
  void Unwatch(int fd);

 private:
  struct Watcher {
    uint32_t serial = 0;
    std::shared_ptr<Handler> handler;
  };

  EventLoop(int epoll_fd, int wake_fd);
  void Run();
  void HandleReady(int timeout_ms);
  bool RunPosted();
  void RunTimers();
  int WaitMs() ABSL_LOCKS_EXCLUDED(mutex_);

  const int epoll_fd_;
  const int wake_fd_;

  Mutex mutex_;
  std::vector<Task> posted_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::map<Timer, Task> timers_;
  uint64_t last_timer_ = 0;
  std::unordered_map<int, Watcher> watchers_;
  uint32_t last_watcher_ = 0;

  std::atomic<std::thread::id> loop_thread_;
  std::thread thread_;  // Last: it uses all the above.
};

}  // namespace latchkey
