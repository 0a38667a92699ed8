#include "adapters/system/signals.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>

#include "engine/base/check.h"

namespace latchkey {
namespace {

sigset_t Ours() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

Signals::Signals() : event_fd_(eventfd(0, EFD_CLOEXEC)) {
  LATCHKEY_CHECK(event_fd_ >= 0);
  const sigset_t set = Ours();
  LATCHKEY_CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
}

Signals::~Signals() {
  Stop();
  close(event_fd_);
}

void Signals::Stop() {
  if (!thread_.joinable()) return;
  const uint64_t one = 1;
  LATCHKEY_CHECK(write(event_fd_, &one, sizeof(one)) == sizeof(one));
  thread_.join();
}

void Signals::Listen(Handlers handlers) {
  thread_ = std::thread([this, handlers = std::move(handlers)] {
    const sigset_t set = Ours();
    const int signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
    LATCHKEY_CHECK(signal_fd >= 0);
    bool terminated = false;
    for (;;) {
      std::array<pollfd, 2> waiting = {pollfd{signal_fd, POLLIN, 0}, pollfd{event_fd_, POLLIN, 0}};
      if (poll(waiting.data(), waiting.size(), -1) < 0) continue;
      if (waiting[1].revents != 0) break;
      signalfd_siginfo info{};
      if (read(signal_fd, &info, sizeof(info)) != sizeof(info)) continue;
      if (info.ssi_signo == SIGHUP) {
        handlers.reload();
      } else if (!terminated) {
        terminated = true;
        handlers.terminate();
      }
    }
    close(signal_fd);
  });
}

}  // namespace latchkey
