#include "adapters/redis/event_loop.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "engine/base/check.h"
#include "engine/base/turn.h"

namespace latchkey {
namespace {

constexpr uint64_t kWakeToken = ~uint64_t{0};

uint64_t TokenOf(int fd, uint32_t serial) { return (uint64_t{serial} << 32) | static_cast<uint32_t>(fd); }

}  // namespace

absl::StatusOr<std::unique_ptr<EventLoop>> EventLoop::Start(const std::string& name) {
  const int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) return absl::ResourceExhaustedError(absl::StrCat("epoll: ", std::strerror(errno)));
  const int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  epoll_event wake{.events = EPOLLIN, .data = {.u64 = kWakeToken}};
  if (wake_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, wake_fd, &wake) != 0) {
    const int error = errno;
    close(epoll_fd);
    if (wake_fd >= 0) close(wake_fd);
    return absl::ResourceExhaustedError(absl::StrCat("eventfd: ", std::strerror(error)));
  }
  std::unique_ptr<EventLoop> loop(new EventLoop(epoll_fd, wake_fd));
  // The new thread inherits the mask: none of its instructions can be interrupted by a signal.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  absl::Status started;
  try {
    loop->thread_ = std::thread([loop = loop.get()] { loop->Run(); });
  } catch (const std::system_error& error) {
    started = absl::ResourceExhaustedError(absl::StrCat("starting a thread: ", error.what()));
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!started.ok()) return started;
  pthread_setname_np(loop->thread_.native_handle(), name.substr(0, 15).c_str());
  return loop;
}

EventLoop::EventLoop(int epoll_fd, int wake_fd) : epoll_fd_(epoll_fd), wake_fd_(wake_fd) {}

EventLoop::~EventLoop() {
  LATCHKEY_CHECK(!InLoopThread());
  if (thread_.joinable()) {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
    }
    eventfd_write(wake_fd_, 1);
    thread_.join();
  }
  close(wake_fd_);
  close(epoll_fd_);
}

bool EventLoop::Post(Task task) {
  bool sleeping = false;
  {
    MutexLock lock(mutex_);
    if (stopping_) return false;
    sleeping = posted_.empty();
    posted_.push_back(std::move(task));
  }
  // The loop looks at the list before it sleeps: its own thread need not wake it.
  if (sleeping && !InLoopThread()) eventfd_write(wake_fd_, 1);
  return true;
}

void EventLoop::RunAndWait(Task task) {
  if (InLoopThread()) return task();
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  const bool posted = Post([&] {
    task();
    std::lock_guard<std::mutex> lock(mutex);
    done = true;
    changed.notify_one();
  });
  if (!posted) return task();
  std::unique_lock<std::mutex> lock(mutex);
  changed.wait(lock, [&] { return done; });
}

EventLoop::Timer EventLoop::StartTimer(SteadyTime due, Task task) {
  const Timer timer{due, ++last_timer_};
  timers_.emplace(timer, std::move(task));
  return timer;
}

void EventLoop::CancelTimer(Timer& timer) {
  timers_.erase(timer);
  timer = Timer{};
}

absl::Status EventLoop::Watch(int fd, uint32_t events, Handler handler) {
  const uint32_t serial = ++last_watcher_;
  epoll_event event{.events = events, .data = {.u64 = TokenOf(fd, serial)}};
  if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) != 0) {
    return absl::ResourceExhaustedError(absl::StrCat("epoll: ", std::strerror(errno)));
  }
  watchers_[fd] = Watcher{serial, std::make_shared<Handler>(std::move(handler))};
  return absl::OkStatus();
}

void EventLoop::Rewatch(int fd, uint32_t events) {
  epoll_event event{.events = events, .data = {.u64 = TokenOf(fd, watchers_.at(fd).serial)}};
  LATCHKEY_CHECK(epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, fd, &event) == 0);
}

void EventLoop::Unwatch(int fd) {
  watchers_.erase(fd);
  LATCHKEY_CHECK(epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr) == 0);
}

void EventLoop::Run() {
  loop_thread_ = std::this_thread::get_id();
  bool running = true;
  while (running) {
    const int patience = WaitMs();
    const Turn turn;
    HandleReady(patience);
    running = RunPosted();
    RunTimers();
  }
}

int EventLoop::WaitMs() {
  {
    MutexLock lock(mutex_);
    if (stopping_ || !posted_.empty()) return 0;
  }
  if (timers_.empty()) return -1;
  const auto left = timers_.begin()->first.due - std::chrono::steady_clock::now();
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(std::clamp<int64_t>(ms, 0, 60'000));
}

void EventLoop::HandleReady(int timeout_ms) {
  std::array<epoll_event, 64> ready;
  const int count = epoll_wait(epoll_fd_, ready.data(), static_cast<int>(ready.size()), timeout_ms);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = ready[static_cast<size_t>(i)];
    if (event.data.u64 == kWakeToken) {
      eventfd_t ignored = 0;
      eventfd_read(wake_fd_, &ignored);
      continue;
    }
    // An earlier handler of this turn may have closed the descriptor, even reused its number.
    const auto found = watchers_.find(static_cast<int>(event.data.u64 & 0xFFFF'FFFFU));
    if (found == watchers_.end() || found->second.serial != event.data.u64 >> 32) continue;
    const std::shared_ptr<Handler> handler = found->second.handler;  // It may unwatch itself.
    (*handler)(event.events);
  }
}

bool EventLoop::RunPosted() {
  std::vector<Task> tasks;
  bool stopping = false;
  {
    MutexLock lock(mutex_);
    tasks.swap(posted_);
    stopping = stopping_;
  }
  for (Task& task : tasks) task();
  return !stopping;
}

void EventLoop::RunTimers() {
  const SteadyTime now = std::chrono::steady_clock::now();
  while (!timers_.empty() && timers_.begin()->first.due <= now) {
    Task task = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    task();
  }
}

}  // namespace latchkey
