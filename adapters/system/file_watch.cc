#include "adapters/system/file_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tuple>

#include "engine/base/check.h"

namespace latchkey {
namespace {

constexpr int kLookEveryMs = 500;

// What changes when a file does: which one it is, when it was written, how long it is.
std::tuple<ino_t, time_t, long, off_t> Identity(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return {};
  return {status.st_ino, status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_size};
}

}  // namespace

FileWatch::FileWatch(std::string path, std::function<void()> changed) : event_fd_(eventfd(0, EFD_CLOEXEC)) {
  LATCHKEY_CHECK(event_fd_ >= 0);
  auto known = Identity(path);
  thread_ = std::thread([this, known, path = std::move(path), changed = std::move(changed)]() mutable {
    for (;;) {
      pollfd ending{event_fd_, POLLIN, 0};
      if (poll(&ending, 1, kLookEveryMs) > 0) return;
      const auto seen = Identity(path);
      if (seen == known) continue;
      known = seen;
      changed();
    }
  });
}

FileWatch::~FileWatch() {
  const uint64_t one = 1;
  LATCHKEY_CHECK(write(event_fd_, &one, sizeof(one)) == sizeof(one));
  thread_.join();
  close(event_fd_);
}

}  // namespace latchkey
